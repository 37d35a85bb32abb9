"""Looking into a running mesh by names alone: what istiod sends, what applications took, whose a difference is."""

import json
from pathlib import Path
from typing import Any

import pytest
from live_mesh import PYTHON, Mesh

from adapters.access import kubeconfig_for, rule
from lab.demo import manifests as m
from lab.node import echo

INJECTED = {"proxyless.dev/injection": "enabled"}
ADMIN = 17272
CORS = """\
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {{name: echo, namespace: {ns}}}
spec:
  hosts: [echo]
  http: [{{corsPolicy: {{allowOrigins: [{{exact: a}}]}}, route: [{{destination: {{host: echo}}}}]}}]
"""


def point(told: dict[str, Any], topic: str) -> dict[str, Any]:
    """What is said of one thing."""
    found: dict[str, Any] = next(item for item in told["live"]["points"] if item["topic"] == topic)
    return found


def rejected(told: dict[str, Any]) -> bool:
    """Whether somebody's library refused something."""
    return any(item["whose"] == "library" for item in told["live"]["points"])


@pytest.mark.cluster
def test_what_a_running_client_took(mesh: Mesh, tmp_path: Path) -> None:
    ns = mesh.namespace("live", INJECTED)
    host = f"echo.{ns}.svc.cluster.local:7070"
    client = f"{ns}/deploy/client"
    said = echo.PROXYLESS | {"proxyless.dev/language": "python", "proxyless.dev/grpc-version": "1.85.1"}
    arguments = ("--no-server", f"--admin={ADMIN}")
    mesh.must_apply(m.service(ns))
    mesh.deploy(
        ns,
        echo.deployment("echo-v1", ns, PYTHON),
        echo.deployment("client", ns, PYTHON, app="client", arguments=arguments, annotations=said),
    )

    # Nothing dialed yet: the application's own doing, and no error
    told = mesh.why(client, host)
    assert (point(told, "listener")["accepted"], point(told, "listener")["whose"]) == ("not_asked", "application"), told
    assert told["live"]["taken_by"] == "istiod"

    # Dialed: both records agree with the calculation
    caller = mesh.caller(ns, app="client")
    caller.until(f"xds:///{host}", lambda found: "error" not in found[0])
    assert mesh.foretold(client, host) == "plaintext"
    told = mesh.why(client, host, "--admin-port", str(ADMIN))
    assert told["live"]["taken_by"] == "application"
    assert {(item["accepted"], item["whose"], item["holds"] == item["sent"]) for item in told["live"]["points"]} == {
        ("accepted", "", True)
    }, told["live"]

    # Files that are not applied
    unapplied = tmp_path / "mutual.yaml"
    unapplied.write_text(m.client_mtls(ns))
    told = mesh.why(client, host, "-f", str(unapplied))
    assert (point(told, "tls")["calculated"], point(told, "tls")["sent"]) == ("mTLS", "plaintext")
    assert {item["whose"] for item in told["live"]["points"]} == {"", "files"}, told["live"]

    _commands(mesh, ns, host)
    _rights(mesh, client, host, tmp_path)

    # Rejected: foretold, seen by both records, and true: what runs keeps what it has, what starts now gets nothing
    mesh.must_apply(CORS.format(ns=ns))
    for options in ((), ("--admin-port", str(ADMIN))):
        told = mesh.why_until(rejected, client, host, *options)
        routes = point(told, "routes")
        assert (routes["accepted"], routes["whose"]) == ("rejected", "library"), told["live"]
        assert "cors" in routes["text"].lower()
        assert (told["code"], "corsPolicy" in told["verdict"]) == ("unavailable", True), told["verdict"]
    assert "error" not in caller.call(f"xds:///{host}")[0]
    mesh.deploy(ns, echo.deployment("late", ns, PYTHON, app="late", arguments=arguments, annotations=said))
    answers = mesh.caller(ns, app="late").call(f"xds:///{host}", timeout=3)
    assert answers[0].get("code") == "UNAVAILABLE", answers
    done = mesh.proxyless("csds", f"{ns}/late", "--port", str(ADMIN))
    assert (done.returncode, "NACKED         RouteConfiguration" in done.stdout) == (1, True), done.stdout + done.stderr


def _commands(mesh: Mesh, ns: str, host: str) -> None:
    """By a workload's name, with neither host nor port."""
    done = mesh.proxyless("xds", f"{ns}/client", "--target", host, "--output", "json")
    assert done.returncode == 0, done.stderr
    assert f"outbound|7070||{host.partition(':')[0]}" in json.loads(done.stdout)["clusters"]
    assert "revision default, asked as Pod" in done.stderr
    done = mesh.proxyless("xds", f"{ns}/deploy/echo-v1", "--server-port", "17070")
    assert (done.returncode, "inbound/0.0.0.0:17070" in done.stdout) == (0, True), done.stderr
    done = mesh.proxyless("csds", f"{ns}/client", "--port", str(ADMIN))
    assert (done.returncode, f"ACKED          Listener {host}" in done.stdout) == (0, True), done.stdout + done.stderr
    done = mesh.proxyless("csds", f"{ns}/deploy/echo-v1")
    assert done.returncode == 2
    assert "serves CSDS in plaintext (tried 17070, 17171); register gRPC's admin services" in done.stderr
    done = mesh.proxyless("streams", f"{ns}/client")
    assert "of 1 with an agent" in done.stderr, done.stderr
    done = mesh.proxyless("csds", f"{ns}/clint")
    assert (done.returncode, f"did you mean {ns}/deploy/client?" in done.stderr) == (2, True), done.stderr


def _rights(mesh: Mesh, client: str, host: str, folder: Path) -> None:
    """Each right that is missing is named; the answer itself is given all the same."""
    everything = rule("*", ["*"])
    _, reads = kubeconfig_for(mesh.cluster, folder, [everything])
    told = mesh.why(client, host, kubeconfig=reads)
    assert (told["code"], told["live"]["points"]) == ("plaintext", [])
    assert 'resources: ["pods/portforward"], verbs: [get, create]' in " ".join(told["live"]["notes"]), told["live"]
    forwards = rule("", ["pods/portforward"], ("get", "create"))
    _, without = kubeconfig_for(mesh.cluster, folder, [everything, forwards])
    told = mesh.why(client, host, kubeconfig=without)
    assert 'resources: ["serviceaccounts/token"], verbs: [create]' in " ".join(told["live"]["notes"]), told["live"]
    assert [(item["sent"] == item["calculated"], item["accepted"]) for item in told["live"]["points"]] == [
        (True, "unknown")
    ] * len(told["live"]["points"])
    assert told["live"]["points"], "istiod is asked in plaintext"
