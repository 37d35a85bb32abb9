"""The ADS observer and `proxyless xds`, asked of a real istiod; what goes wrong is told in words that help."""

import json
import socket
import time
from pathlib import Path

import pytest

from lab.controlplane import ControlPlane
from lab.istiod import Istiod
from lab.ports import free_port
from proxyless.adapters.ads import Observation, Observer
from proxyless.adapters.ads_node import Proof, XdsNode
from proxyless.cli.main import main
from proxyless.errors import ClusterError, InputError

OBJECTS = """
apiVersion: v1
kind: Service
metadata: {name: echo}
spec:
  selector: {app: echo}
  ports: [{name: grpc, port: 7070, targetPort: 17070}]
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: echo}
spec:
  host: echo
  trafficPolicy: {tls: {mode: ISTIO_MUTUAL}}
  subsets: [{name: v1, labels: {version: v1}}]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: echo}
spec:
  hosts: [echo]
  http: [{route: [{destination: {host: echo, subset: v1}}]}]
---
apiVersion: networking.istio.io/v1
kind: WorkloadEntry
metadata: {name: echo}
spec: {address: 10.1.2.3, labels: {app: echo, version: v1}, serviceAccount: default}
---
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: echo}
spec: {mtls: {mode: STRICT}}
"""


def until_whole(istiod: Istiod, node: XdsNode, targets: list[str], server: str = "") -> Observation:
    """What istiod sends once it has taken up what was applied; it waits a tenth of a second itself."""
    deadline = time.monotonic() + 20
    while True:
        with Observer(istiod.xds, node) as observer:
            seen = observer.observe(targets, server=server)
        text = json.dumps(seen.plain())
        if (not seen.missing and "10.1.2.3" in text and "|v1|" in text) or time.monotonic() > deadline:
            return seen
        time.sleep(0.2)


def test_a_target_is_followed_to_its_endpoints(control_plane: ControlPlane, istiod: Istiod, namespace: str) -> None:
    control_plane.apply(OBJECTS, namespace=namespace)
    host = f"echo.{namespace}.svc.cluster.local"
    seen = until_whole(istiod, XdsNode(namespace), [f"{host}:7070"])
    assert seen.missing == []
    assert list(seen.listeners) == [f"{host}:7070"]
    (vhost,) = seen.routes[f"outbound|7070||{host}"]["virtual_hosts"]
    assert vhost["routes"][0]["route"]["cluster"] == f"outbound|7070|v1|{host}"
    socket_name = seen.clusters[f"outbound|7070|v1|{host}"]["transport_socket"]["name"]
    assert socket_name == "envoy.transport_sockets.tls"
    assert "10.1.2.3" in json.dumps(seen.endpoints)


def test_a_server_gets_its_listener(control_plane: ControlPlane, istiod: Istiod, namespace: str) -> None:
    control_plane.apply(OBJECTS, namespace=namespace)
    node = XdsNode(namespace, name="echo", ip="10.1.2.3", labels={"app": "echo", "version": "v1"})
    until_whole(istiod, node, [f"echo.{namespace}.svc.cluster.local:7070"])
    with Observer(istiod.xds, node) as observer:
        seen = observer.observe([], server="0.0.0.0:17070")
    (listener,) = seen.listeners.values()
    assert listener["filter_chains"][0]["transport_socket"]["name"] == "envoy.transport_sockets.tls"


def test_what_never_came_is_named(istiod: Istiod, namespace: str) -> None:
    with Observer(istiod.xds, XdsNode(namespace)) as observer:
        seen = observer.observe(["nowhere.example.com:7070"])
    assert seen.missing == ["Listener nowhere.example.com:7070"]


def test_an_istiod_that_is_not_there_is_told() -> None:
    address = f"127.0.0.1:{free_port()}"
    with Observer(address, XdsNode("shop")) as observer, pytest.raises(ClusterError, match="cannot be reached") as told:
        observer.observe(["echo:1"])
    assert address in str(told.value)


def test_one_that_accepts_and_never_answers_is_told_in_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"127.0.0.1:{silent.getsockname()[1]}"
        begun = time.monotonic()
        with (
            Observer(address, XdsNode("shop"), timeout=1) as observer,
            pytest.raises(ClusterError, match="cannot be reached"),
        ):
            observer.observe(["echo:1"])
    assert time.monotonic() - begun < 5


def test_tls_without_a_proof_is_refused_with_what_to_give(istiod: Istiod, namespace: str) -> None:
    proof = Proof.of_files(root=istiod.ca, server_name=istiod.server_name)
    with (
        Observer(istiod.secure_xds, XdsNode(namespace), proof) as observer,
        pytest.raises(ClusterError, match="token with audience istio-ca"),
    ):
        observer.observe(["echo:1"])


def test_a_token_is_accepted_over_tls(
    control_plane: ControlPlane, istiod: Istiod, namespace: str, tmp_path: Path
) -> None:
    path = f"/api/v1/namespaces/{namespace}/serviceaccounts/default/token"
    made = control_plane.api.request("POST", path, {"spec": {"audiences": ["istio-ca"], "expirationSeconds": 3600}})
    token = tmp_path / "token"
    token.write_text(made["status"]["token"])
    proof = Proof.of_files(root=istiod.ca, token=token, server_name=istiod.server_name)
    with Observer(istiod.secure_xds, XdsNode(namespace), proof) as observer:
        assert observer.observe(["nowhere:1"]).missing == ["Listener nowhere:1"]


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"root": Path("absent.pem")}, "absent.pem"),
        ({"root": Path(__file__), "certificate": Path("a")}, "needs its key"),
        ({"token": Path("a")}, "only sent over TLS"),
    ],
)
def test_files_that_cannot_be_used_are_named(files: dict[str, Path], said: str) -> None:
    with pytest.raises(InputError, match=said):
        Proof.of_files(**files)


@pytest.mark.parametrize("output", ["json", "yaml"])
def test_the_command_prints_what_came_and_names_what_did_not(
    istiod: Istiod, namespace: str, output: str, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--istiod", istiod.xds, "-n", namespace, "--target", "nowhere:1", "-l", "app=a", "-o", output]
    assert main(["xds", *arguments]) == 1
    said = capsys.readouterr()
    assert "Listener nowhere:1" in said.out
    assert "istiod never sent Listener nowhere:1" in said.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "--istiod"),
        (["--istiod", "a:1", "-n", "b"], "at least one --target"),
        (["--istiod", "a:1", "-n", "b", "--server-port", "70000"], "no port number"),
        (["--istiod", "a:1", "-n", "b", "-l", "app"], "KEY=VALUE"),
    ],
)
def test_wrong_arguments_are_explained(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["xds", *arguments]) == 2
    assert said in capsys.readouterr().err
