import json
import socket
import ssl
import time
from dataclasses import replace
from typing import Any

import pytest

from lab.controlplane import ControlPlane
from proxyless.webhook.bounds import DEFAULTS
from proxyless.webhook.server import AT_ONCE
from webhook.served import Served
from webhook.wire import peer_authentication, pod, review


def test_strict_refuses_what_cannot_work_with_reason_and_remedy(served: Served) -> None:
    reply = served.wire().ask("/strict", review(peer_authentication("PERMISSIVE"), plural="peerauthentications"))
    assert reply.status == 200
    assert reply.response["allowed"] is False
    assert "PX301" in reply.response["status"]["message"]
    assert "STRICT" in reply.response["status"]["message"]


def test_strict_lets_pass_what_works(served: Served) -> None:
    reply = served.wire().ask("/strict", review(peer_authentication("STRICT"), plural="peerauthentications"))
    assert reply.response == {"uid": review({**pod()}, plural="pods")["request"]["uid"], "allowed": True}


def test_an_update_that_leaves_the_spec_as_it_was_is_warned_of_not_refused(served: Served) -> None:
    old = peer_authentication("PERMISSIVE")
    new = {**old, "metadata": {**old["metadata"], "labels": {"team": "a"}}}
    reply = served.wire().ask("/strict", review(new, old=old, operation="UPDATE", plural="peerauthentications"))
    assert reply.response["allowed"] is True
    assert "PX301" in reply.warnings[0]


def test_an_object_on_its_way_out_keeps_nothing_from_removing_its_finalizer(served: Served) -> None:
    old = peer_authentication("STRICT")
    new = peer_authentication("PERMISSIVE")
    new["metadata"]["deletionTimestamp"] = "2026-11-21T13:00:00Z"
    reply = served.wire().ask("/strict", review(new, old=old, operation="UPDATE", plural="peerauthentications"))
    assert reply.response["allowed"] is True


def test_a_pod_of_an_injected_namespace_gets_the_agent_and_a_second_pass_changes_nothing(served: Served) -> None:
    wire = served.wire()
    first = wire.ask("/inject/namespace", review(pod(), plural="pods"))
    injected = first.patched(pod())
    assert {"istio-proxy", "app"} == {item["name"] for item in injected["spec"]["containers"]}
    again = wire.ask("/inject/namespace", review(injected, plural="pods"))
    assert "patch" not in again.response


def test_a_pod_that_nobody_asked_for_stays_as_it_is(served: Served) -> None:
    reply = served.wire().ask("/inject/pod", review(pod(), plural="pods"))
    assert reply.response == {"uid": reply.response["uid"], "allowed": True}


def test_one_connection_serves_many_reviews(served: Served) -> None:
    wire = served.wire()
    wire.ask("/inject", review(pod(), plural="pods"))
    first = wire.connection.sock
    for _ in range(20):
        assert wire.ask("/inject", review(pod(), plural="pods")).status == 200
    assert wire.connection.sock is first


@pytest.mark.parametrize("path", ["/", "/inject/other", "/strict/", "/metrics", "/%2e%2e/inject"])
def test_unknown_paths_are_404_and_name_the_known_ones(served: Served, path: str) -> None:
    reply = served.wire().ask(path, review(pod(), plural="pods"))
    assert reply.status == 404
    assert "/inject/namespace" in reply.text


def test_other_methods_are_405(served: Served) -> None:
    reply = served.wire().send("GET", "/inject")
    assert (reply.status, reply.headers["Allow"]) == (405, "POST")


def _without(*path: str) -> object:
    made = review(pod(), plural="pods")
    holder = made
    for step in path[:-1]:
        holder = holder[step]
    del holder[path[-1]]
    return made


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        (b"", "the body is empty"),
        (b"{", "not JSON"),
        (b"\xff\xfe", "not JSON"),
        (b"[]", "the body: expected an object, got []"),
        (b"{}", "expected kind AdmissionReview of admission.k8s.io/v1, got kind nothing"),
        (json.dumps({**review(pod(), plural="pods"), "apiVersion": "admission.k8s.io/v1beta1"}).encode(), "v1beta1"),
        (json.dumps(_without("request")).encode(), "request: expected an object, got nothing"),
        (json.dumps(_without("request", "uid")).encode(), "request.uid: expected a non-empty text"),
        (json.dumps(_without("request", "userInfo")).encode(), "request.userInfo: expected an object"),
        (json.dumps(_without("request", "operation")).encode(), "request.operation: expected a non-empty text"),
        (json.dumps(_without("request", "object")).encode(), "request.object: expected an object, got nothing"),
        (json.dumps(_without("request", "resource", "version")).encode(), "request.resource.version: expected"),
    ],
)
def test_malformed_reviews_are_400_with_the_reason_and_the_process_goes_on(
    served: Served, sent: bytes, told: str
) -> None:
    wire = served.wire()
    before = served.count("proxyless_admission_reviews_total", webhook="inject", outcome="malformed")
    reply = wire.send("POST", "/inject", sent)
    assert reply.status == 400
    assert told in reply.text
    assert served.count("proxyless_admission_reviews_total", webhook="inject", outcome="malformed") == before + 1
    assert wire.ask("/inject", review(pod(), plural="pods")).status == 200


def _sized(size: int) -> bytes:
    made = pod()
    made["metadata"]["managedFields"] = [{"manager": ""}]  # annotations have a limit of their own
    rest = len(json.dumps(review(made, plural="pods")))
    made["metadata"]["managedFields"][0]["manager"] = "x" * (size - rest)
    return json.dumps(review(made, plural="pods")).encode()


def test_a_review_of_three_mib_is_judged(served: Served) -> None:
    reply = served.wire().send("POST", "/inject/namespace", _sized(3 * 1024 * 1024))
    assert reply.response["allowed"] is True
    assert reply.response["patchType"] == "JSONPatch"


def test_a_larger_review_passes_with_a_warning_and_the_connection_lives(served: Served) -> None:
    wire = served.wire()
    reply = wire.send("POST", "/inject/namespace", _sized(DEFAULTS.review + 1))
    assert reply.response["allowed"] is True
    assert "did not check" in reply.warnings[0]
    assert "patch" not in reply.response
    assert wire.ask("/inject", review(pod(), plural="pods")).status == 200


def test_a_larger_body_that_is_no_review_is_413(served: Served) -> None:
    reply = served.wire().send("POST", "/inject", b"x" * (DEFAULTS.review + 1))
    assert reply.status == 413
    assert "does not begin with its uid" in reply.text


def test_a_chunked_review_is_read(served: Served) -> None:
    wire = served.wire()
    data = json.dumps(review(pod(), plural="pods")).encode()
    wire.connection.request(
        "POST",
        "/inject/namespace",
        iter([data[:100], data[100:]]),
        encode_chunked=True,
        headers={"Transfer-Encoding": "chunked"},
    )
    assert json.loads(wire.connection.getresponse().read())["response"]["patchType"] == "JSONPatch"


def test_tls_before_1_2_is_refused_and_1_3_is_preferred(served: Served) -> None:
    def speak(newest: ssl.TLSVersion) -> str | None:
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        context.minimum_version = min(newest, ssl.TLSVersion.TLSv1_2)
        context.maximum_version = newest
        context.set_ciphers("ALL:@SECLEVEL=0")
        with socket.create_connection(("127.0.0.1", served.port)) as plain, context.wrap_socket(plain) as secure:
            return secure.version()

    assert speak(ssl.TLSVersion.TLSv1_3) == "TLSv1.3"
    assert speak(ssl.TLSVersion.TLSv1_2) == "TLSv1.2"
    with pytest.warns(DeprecationWarning, match="TLSv1_1"), pytest.raises(ssl.SSLError):
        speak(ssl.TLSVersion.TLSv1_1)


def test_before_kopf_has_discovered_the_api_reviews_are_503(plane: ControlPlane) -> None:
    with Served(plane, wait=False) as early:
        reply = early.wire().ask("/inject", review(pod(), plural="pods"))
        assert (reply.status, early.readiness.ready) == (503, False)
        early.start_kopf()
        assert early.wire().ask("/inject", review(pod(), plural="pods")).status == 200


def test_many_reviews_at_once_do_not_keep_later_ones_waiting(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    """The loop looks at its sockets after each ``AT_ONCE`` of them, in the order in which they came."""
    judged = [0]
    function = served.server._function
    assert function is not None

    async def counted(*args: Any, **kwargs: Any) -> Any:
        if judged[-1] == 0:
            served.loop.call_soon(judged.append, 0)  # the loop's next round
        judged[-1] += 1
        return await function(*args, **kwargs)

    monkeypatch.setattr(served.server, "_function", counted)
    monkeypatch.setattr(served.server, "_known", lambda _review: None)  # each is asked of Kopf
    sent = json.dumps(review(pod(), plural="pods"))
    wires = [served.wire() for _ in range(3 * AT_ONCE)]
    for wire in wires:
        wire.connection.connect()
    served.loop.call_soon_threadsafe(time.sleep, 1)  # so that all have come when it looks
    for wire in wires:
        wire.connection.request("POST", "/inject", sent, {"Content-Type": "application/json"})
    assert [wire.connection.getresponse().status for wire in wires] == [200] * len(wires)
    assert max(judged) == AT_ONCE
    assert sum(judged) == len(wires)


def test_updates_leave_nothing_behind_in_kopf(served: Served) -> None:
    memories = served.server._function.keywords["memories"]._items  # type: ignore[union-attr]
    wire = served.wire()
    for number in range(50):
        new = peer_authentication("STRICT")
        new["metadata"]["uid"] = f"uid-{number}"
        wire.ask("/warn", review(new, old=new, operation="UPDATE", plural="peerauthentications"))
    assert len(memories) <= 1


@pytest.mark.parametrize(
    "sent",
    [
        b"POST /inject HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nnothex\r\n",
        b"POST /inject HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n",
        b"POST /inject HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"\x16\x03nothing\r\n\r\n",
    ],
)
def test_broken_http_is_400_and_never_500(served: Served, sent: bytes) -> None:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with socket.create_connection(("127.0.0.1", served.port)) as plain, context.wrap_socket(plain) as secure:
        secure.settimeout(15)
        secure.sendall(sent)
        assert secure.recv(4096).split()[1] == b"400"


def test_a_body_that_breaks_off_in_its_coding_is_refused(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(served.server, "bounds", replace(DEFAULTS, body=0.5))
    wire = served.wire()
    wire.connection.connect()
    wire.connection.sock.sendall(b"POST /inject HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n")
    time.sleep(0.2)  # the handler is reading by now
    wire.connection.sock.sendall(b"nothex\r\n")
    assert wire.connection.sock.recv(4096).split()[1] in (b"400", b"408")


def test_a_sender_that_hangs_up_halfway_harms_nobody(served: Served) -> None:
    wire = served.wire()
    wire.connection.connect()
    wire.connection.sock.sendall(b"POST /inject HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{")
    wire.close()
    assert served.wire().ask("/inject", review(pod(), plural="pods")).status == 200


def test_a_sender_that_stops_is_told_after_a_while(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(served.server, "bounds", replace(DEFAULTS, body=0.2))
    wire = served.wire()
    wire.connection.connect()
    wire.connection.sock.sendall(b"POST /inject HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{")
    assert wire.connection.sock.recv(4096).startswith(b"HTTP/1.1 408 ")
