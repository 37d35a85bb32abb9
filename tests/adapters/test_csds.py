"""CSDS of a real application with a real istiod behind it: release, accepted, rejected and missing resources."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

import pytest

import child
from cli.command import proxyless
from lab.api import wait_until
from lab.controlplane import ControlPlane
from lab.istiod import Istiod
from lab.ports import free_port
from proxyless.adapters.csds import XdsClientStatus, ask, client_named
from proxyless.errors import ClusterError, InputError
from proxyless.model.client import Framework, Language, parse_client
from proxyless.model.version import Version

APPLICATION = Path(__file__).with_name("csds_application.py")
SERVICE = """
apiVersion: v1
kind: Service
metadata: {name: echo}
spec: {ports: [{name: grpc, port: 7070}]}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: echo}
spec:
  hosts: [echo]
  http: [{corsPolicy: {allowOrigins: [{exact: a}]}, route: [{destination: {host: echo}}]}]
"""


@contextmanager
def running(istiod: Istiod | None, namespace: str, *targets: str) -> Iterator[str]:
    """Address of the application's admin port."""
    node = {
        "id": f"sidecar~127.0.0.1~web-1.{namespace}~{namespace}.svc.cluster.local",
        "metadata": {"GENERATOR": "grpc", "NAMESPACE": namespace},
    }
    server = {"server_uri": istiod.xds if istiod else "127.0.0.1:1", "channel_creds": [{"type": "insecure"}]}
    bootstrap = {"xds_servers": [{**server, "server_features": ["xds_v3"]}], "node": node}
    port = free_port()
    with child.running(
        [sys.executable, APPLICATION, str(port), *targets],
        env=os.environ | {"GRPC_XDS_BOOTSTRAP_CONFIG": json.dumps(bootstrap)},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        yield f"127.0.0.1:{port}"


def states(found: tuple[XdsClientStatus, ...]) -> dict[tuple[str, str], str]:
    return {(one.kind, one.name): one.state for item in found for one in item.resources}


@pytest.fixture(scope="module")
def plane() -> Iterator[ControlPlane]:
    """Without controllers: istiod needs none here."""
    with ControlPlane(crds=("istio",), controller_manager=False, scheduler=False) as own:
        yield own


@pytest.mark.cluster("pilot-discovery", "istioctl")
def test_a_running_application(plane: ControlPlane) -> None:
    namespace = plane.namespace()
    plane.apply(SERVICE, namespace=namespace)
    host = f"echo.{namespace}.svc.cluster.local"
    targets = (f"{host}:7070", f"none.{namespace}.svc.cluster.local:1")
    with Istiod(plane) as istiod, running(istiod, namespace, *targets) as address:
        listener = ("Listener", f"{host}:7070")
        wait_until("the listener", lambda: states(ask(address)).get(listener) == "ACKED", timeout=30)
        found = ask(address)
        assert {item.client for item in found} == {parse_client(f"python={version('grpcio')}")}
        assert all(item.node.startswith("sidecar~127.0.0.1~web-1.") for item in found)
        gone = ("Listener", f"none.{namespace}.svc.cluster.local:1")
        wait_until("what is not there", lambda: states(ask(address)).get(gone) == "DOES_NOT_EXIST", timeout=40)
        wait_until("the routes", lambda: "NACKED" in states(ask(address)).values(), timeout=30)
        (rejected,) = (one for item in ask(address) for one in item.resources if one.state == "NACKED")
        assert (rejected.kind, "cors" in rejected.error) == ("RouteConfiguration", True), rejected
        done = proxyless("csds", address)
        assert done.returncode == 1
        assert done.stdout.startswith(f"python={version('grpcio')}  sidecar~")
        assert f"  ACKED          Listener {host}:7070\n" in done.stdout
        (first, *_) = json.loads(proxyless("csds", "--format", "json", address).stdout)
        assert first["client"] == f"python={version('grpcio')}"


def test_an_application_without_xds_or_without_the_service() -> None:
    with running(None, "shop") as address:
        assert ask(address) == ()
        assert proxyless("csds", address).returncode == 3
    with running(None, "shop", "none") as address, pytest.raises(InputError, match="register gRPC's admin services"):
        ask(address)


def test_nobody_there() -> None:
    with pytest.raises(ClusterError, match="no answer from"):
        ask(f"127.0.0.1:{free_port()}", timeout=2)


@pytest.mark.parametrize(
    ("name", "words", "language", "release"),
    [
        ("gRPC C-core linux Python", "C-core 58.0.0 Python 1.85.1", Language.PYTHON, "1.85.1"),
        ("gRPC C-core linux", "C-core 58.0.0", Language.CPP, None),
        ("gRPC Go", "1.66.3", Language.GO, "1.66.3"),
        ("gRPC Java", "1.66.0", Language.JAVA, "1.66.0"),
        ("gRPC Node Pure JS", "1.14.1", Language.NODE, "1.14.1"),
        ("envoy", "1.31.0", None, None),
        ("gRPC Go", "", Language.GO, None),
    ],
)
def test_names_that_libraries_give_themselves(
    name: str, words: str, language: Language | None, release: str | None
) -> None:
    client = client_named(name, words)
    assert (client.framework, client.language) == (Framework.GRPC, language)
    assert client.version == (Version.parse(release) if release else None)
