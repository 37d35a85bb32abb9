"""The echo programs in every language, newest and old, in one real mesh: plaintext, mTLS, streams, version gates.

Each test reads what `plaintext`, `mtls`, `by_header` or `default_key` recorded, in that order, on one cluster. Where a
test fails after a library or Istio was raised, reality has changed: correct the feature table with it.
"""

import contextlib
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from lab.api import wait_until
from lab.errors import LabError
from lab.node import echo, istio
from lab.node.cluster import NODE_PARTS, Cluster
from lab.node.polyglot import ISTIO, Polyglot, Results, client_of, method_of
from lab.node.programs import programs

PROGRAMS = programs()
NAMES = [program.name for program in PROGRAMS]
WITH_MTLS = [program.name for program in PROGRAMS if program.mtls]
PYTHON, PYTHON_OLD, GO, GO_OLD, JAVA, JAVA_OLD, NODE, NODE_OLD = NAMES
FIELDS = {"hostname", "version", "language", "library", "method", "headers", "tls", "peer", "seconds"}

pytestmark = [
    pytest.mark.cluster(*NODE_PARTS, "pilot-discovery", "pilot-agent", "istioctl", "echo-go", "echo-go-old"),
    pytest.mark.timeout(1800),  # images of four languages may have to be made first
]


@pytest.fixture(scope="module")
def mesh() -> Iterator[Polyglot]:
    with Cluster() as cluster:
        cluster.await_dns()
        istio.install(cluster, ISTIO)
        made = Polyglot(cluster, "tongues", PROGRAMS)
        made.deploy()
        yield made


@pytest.fixture(scope="module")
def plaintext(mesh: Polyglot) -> Results:
    """Every client to every server, without any policy."""
    return mesh.call_all(lambda _client, _server, result: "error" not in result, headers={"x-lab": "sent"})


@dataclass
class Mtls:
    """What was seen once both sides had been told to use mTLS."""

    calls: Results
    kept_plaintext: frozenset[tuple[str, str]]  # pairs that stayed on a plaintext connection until the client restarted
    streams: Results
    node_restarts: int
    node_last_words: str


@pytest.fixture(scope="module")
def mtls(mesh: Polyglot, plaintext: Results) -> Mtls:
    assert plaintext
    mesh.strict()
    restarts, last_words = restarts_of(mesh, NODE)
    echo.await_deployment(mesh.cluster, mesh.namespace, NODE, timeout=120)

    def settled(client: str, server: str, result: dict[str, Any]) -> bool:
        if {client, server} <= set(WITH_MTLS):
            return bool(result.get("tls"))
        return client != NODE_OLD or server == NODE_OLD or "error" in result

    calls = mesh.call_all(settled)
    kept = frozenset(
        pair for pair, result in calls.items() if result.get("tls") is False and set(pair) <= set(WITH_MTLS)
    )
    for client in sorted({client for client, _server in kept}):
        mesh.restart(client_of(client))
        mesh.callers[client] = mesh.caller(client)
    if kept:
        again = mesh.call_all(settled)
        calls |= {pair: again[pair] for pair in kept}
    streams = {
        (client, server): mesh.callers[client].call(mesh.target, method=f"{method_of(server)}Stream", timeout=2.2)[0]
        for client, server in zip(WITH_MTLS, reversed(WITH_MTLS), strict=True)
    }
    return Mtls(calls, kept, streams, restarts, last_words)


def restarts_of(mesh: Polyglot, server: str) -> tuple[int, str]:
    """How often a server's container was restarted, and what it said last; waits some seconds for a restart."""

    def restarts() -> int:
        pod = echo.pods(mesh.cluster, mesh.namespace, app="echo", version=server)[0]
        return next(int(item["restartCount"]) for item in pod["status"]["containerStatuses"] if item["name"] == "app")

    try:
        wait_until(f"restart of {server}", restarts, timeout=20)
    except LabError:
        return 0, ""
    return restarts(), last_words(mesh, server)


def last_words(mesh: Polyglot, server: str) -> str:
    """What the ended container printed. Kubelet may say for a moment that it cannot read that: asked again for a minute."""
    read: list[str] = []

    def is_read() -> bool:
        read.append(log_of(mesh, "--previous", app="echo", version=server))
        return not read[-1].startswith("unable to retrieve container logs")

    with contextlib.suppress(LabError):  # the test that needs it shows what was answered
        wait_until(f"log of {server} before its restart", is_read, timeout=60, every=0.5)
    return read[-1]


def log_of(mesh: Polyglot, *options: str, container: str = "app", **labels: str) -> str:
    selector = ",".join(f"{key}={value}" for key, value in labels.items())
    return mesh.cluster.kubectl(
        "logs", "-n", mesh.namespace, "-l", selector, "-c", container, "--tail=-1", *options
    ).stdout


@dataclass
class ByHeader:
    """What was seen once routes matched a header."""

    running: Results
    restarted: Results


@pytest.fixture(scope="module")
def by_header(mesh: Polyglot, mtls: Mtls) -> ByHeader:
    assert mtls
    mesh.apply(mesh.routes(lambda server: {"headers": {"to": {"exact": server}}}))

    def call(client: str) -> dict[str, Any]:
        def accept(results: list[dict[str, Any]]) -> bool:
            return results[0].get("version") == GO

        return mesh.callers[client].until(mesh.target, accept, within=10, headers={"to": GO})[0]

    running = {(client, GO): call(client) for client in WITH_MTLS if client not in {PYTHON_OLD, GO_OLD}}
    for old in (PYTHON_OLD, GO_OLD):  # by path still: the new routes have arrived everywhere by now
        running[old, GO] = mesh.callers[old].call(mesh.target, method=method_of(GO))[0]
    mesh.restart(client_of(PYTHON_OLD), client_of(GO_OLD))
    restarted = {}
    for old in (PYTHON_OLD, GO_OLD):
        mesh.callers[old] = mesh.caller(old)
        restarted[old, GO] = call(old)
    return ByHeader(running, restarted)


@pytest.fixture(scope="module")
def default_key(mesh: Polyglot, by_header: ByHeader) -> Results:
    """Calls from and to a Java program whose agent writes its key as it does by default."""
    assert by_header
    program = next(item for item in PROGRAMS if item.name == JAVA)
    mesh.apply(mesh.server(program, echo.PROXYLESS), mesh.client(program, echo.PROXYLESS), mesh.routes())
    for name in (JAVA, client_of(JAVA)):
        echo.await_deployment(mesh.cluster, mesh.namespace, name, timeout=120)
    mesh.callers[JAVA] = mesh.caller(JAVA)

    def failing(caller: str, server: str, expected: str) -> dict[str, Any]:
        def accept(results: list[dict[str, Any]]) -> bool:
            return expected in results[0].get("error", "")

        return mesh.callers[caller].until(mesh.target, accept, within=90, method=method_of(server), timeout=15)[0]

    return {
        (JAVA, PYTHON): failing(JAVA, PYTHON, "InvalidKeySpec"),
        (PYTHON, JAVA): failing(PYTHON, JAVA, "andshake"),
    }


@pytest.mark.parametrize("server", PROGRAMS, ids=NAMES)
@pytest.mark.parametrize("client", NAMES)
def test_every_client_reaches_every_server_and_gets_the_same_fields(
    plaintext: Results, client: str, server: Any
) -> None:
    answer = plaintext[client, server.name]
    assert set(answer) == FIELDS, answer
    assert (answer["version"], answer["language"], answer["library"]) == (server.name, server.language, server.version)
    assert answer["hostname"].startswith(f"{server.name}-")
    assert answer["method"] == method_of(server.name)
    assert answer["headers"]["x-lab"] == "sent"
    assert (answer["tls"], answer["peer"]) == (False, "")


@pytest.mark.parametrize("server", WITH_MTLS)
@pytest.mark.parametrize("client", WITH_MTLS)
def test_strict_shows_the_clients_identity_to_the_server(mesh: Polyglot, mtls: Mtls, client: str, server: str) -> None:
    answer = mtls.calls[client, server]
    assert (answer.get("tls"), answer.get("peer")) == (True, mesh.identity(client)), answer


def test_only_the_old_go_server_may_keep_a_plaintext_connection(mtls: Mtls) -> None:
    """grpc-go 1.54 drains before it takes the new listener: who reconnects in between stays on the old plaintext one."""
    assert {server for _client, server in mtls.kept_plaintext} <= {GO_OLD}, mtls.kept_plaintext


def test_streams_run_under_mtls(mtls: Mtls) -> None:
    for (client, server), result in mtls.streams.items():
        assert (result["code"], result.get("version")) == ("DEADLINE_EXCEEDED", server), (client, result)
        assert 3 <= result["messages"] <= 6
        assert result["tls"]


def test_client_without_tls_from_xds_is_cut_off_by_strict_servers(mtls: Mtls) -> None:
    for server in WITH_MTLS:
        assert mtls.calls[NODE_OLD, server].get("code") in {"CANCELLED", "UNAVAILABLE"}, mtls.calls[NODE_OLD, server]


def test_go_and_java_keep_a_plaintext_connection_that_the_new_rule_forbids(mtls: Mtls) -> None:
    kept = {client for client in WITH_MTLS if mtls.calls[client, NODE_OLD].get("tls") is False}
    assert kept == {GO, GO_OLD, JAVA, JAVA_OLD}
    for client in set(WITH_MTLS) - kept:
        assert mtls.calls[client, NODE_OLD]["code"] == "UNAVAILABLE"


def test_node_server_dies_when_its_listener_turns_to_tls_and_serves_tls_after_its_restart(mtls: Mtls) -> None:
    assert mtls.node_restarts == 1
    assert "TypeError: Cannot read properties of null (reading 'typed_config')" in mtls.node_last_words
    assert mtls.calls[GO, NODE]["tls"]


def test_one_target_or_one_server_is_one_stream(mesh: Polyglot, mtls: Mtls) -> None:
    assert mtls
    for name in NAMES:
        for app in ("client", "echo"):
            log = log_of(mesh, container="istio-proxy", app=app, version=name)
            assert "registered overlapping stream" not in log, (name, app)
            assert ("connected to upstream XDS server" in log) == (app == "client" or name != NODE_OLD), (name, app)


def test_header_matches_are_honored_from_python_1_56_and_go_1_56_on(by_header: ByHeader) -> None:
    for client in set(WITH_MTLS) - {PYTHON_OLD, GO_OLD}:
        assert by_header.running[client, GO].get("version") == GO, (client, by_header.running[client, GO])
    assert "invalid header matcher" in by_header.restarted[PYTHON_OLD, GO]["error"]
    assert "received route is invalid" in by_header.restarted[GO_OLD, GO]["error"]


def test_running_clients_keep_their_last_good_routes_after_a_rejection(by_header: ByHeader) -> None:
    for old in (PYTHON_OLD, GO_OLD):
        assert by_header.running[old, GO].get("version") == GO, by_header.running[old, GO]


def test_java_cannot_read_the_key_that_the_agent_writes_by_default(default_key: Results) -> None:
    assert "InvalidKeySpec" in default_key[JAVA, PYTHON]["error"]
    assert default_key[JAVA, PYTHON]["code"] in {"UNKNOWN", "UNAVAILABLE"}
    assert default_key[PYTHON, JAVA]["code"] in {"UNAVAILABLE", "DEADLINE_EXCEEDED"}


def test_library_without_a_server_says_so(mesh: Polyglot) -> None:
    program = next(item for item in PROGRAMS if item.name == NODE_OLD)
    apart = {"sidecar.istio.io/inject": "false"}
    mesh.apply(echo.deployment("no-server", mesh.namespace, program.image().name, app="no-server", labels=apart))
    expected = "has no xDS server: start with --plain or --no-server"
    wait_until("its last words", lambda: expected in log_of(mesh, app="no-server"), timeout=180, every=1)
    mesh.cluster.kubectl("delete", "deployment", "no-server", "-n", mesh.namespace)


@pytest.mark.parametrize("client", NAMES)
def test_malformed_order_is_refused_and_the_program_goes_on(mesh: Polyglot, client: str) -> None:
    caller = mesh.callers[client]
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(f"http://127.0.0.1:{caller.port}/forward", b'{"target": "xds', timeout=10)
    with caught.value as refused:
        assert refused.code == 400
    assert caller.answers()
