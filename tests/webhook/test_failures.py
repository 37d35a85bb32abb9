"""A defect of ours never blocks a cluster: allow, warn, count, log. Doubles here only fail, on purpose."""

import logging
from collections.abc import Iterator
from typing import Any

import pytest

from proxyless.lint.rule import Hit
from proxyless.webhook import admit
from proxyless.webhook.review import AdmissionResponse
from webhook.served import Served
from webhook.wire import peer_authentication, pod, review


def _broken(*_: Any, **__: Any) -> Any:
    raise ZeroDivisionError("made to\nfail")


@pytest.mark.parametrize(
    ("path", "asked"),
    [
        ("/inject/namespace", review(pod(), plural="pods")),
        ("/strict", review(peer_authentication("PERMISSIVE"), plural="peerauthentications")),
        ("/warn", review(peer_authentication("PERMISSIVE"), plural="peerauthentications")),
    ],
)
def test_an_exception_in_our_code_allows_warns_counts_and_logs(
    served: Served, caplog: pytest.LogCaptureFixture, path: str, asked: dict[str, Any]
) -> None:
    webhook = path.split("/")[1]
    before = served.count("proxyless_admission_failures_total", webhook=webhook)
    served.context = _broken
    with caplog.at_level(logging.ERROR, "proxyless"):
        reply = served.wire().ask(path, asked)
    assert reply.status == 200
    assert reply.response["allowed"] is True
    assert "patch" not in reply.response
    assert [("bug of its own" in text, "ZeroDivisionError: made to fail" in text) for text in reply.warnings] == [
        (True, True)
    ]
    assert served.count("proxyless_admission_failures_total", webhook=webhook) == before + 1
    assert "ZeroDivisionError" in caplog.text


def test_a_rule_that_raises_is_named_and_the_others_still_judge(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: Any) -> Iterator[Hit]:
        raise KeyError("x")
        yield

    working = next(rule for rule in admit.ALL if rule.code == "PX301")
    broken = working._replace(code="PX399", check=fails)
    monkeypatch.setattr(admit, "ALL", (broken, working))
    reply = served.wire().ask("/strict", review(peer_authentication("PERMISSIVE"), plural="peerauthentications"))
    assert reply.response["allowed"] is False
    assert "PX301" in reply.response["status"]["message"]
    assert any("PX399" in text for text in reply.warnings)


def test_kopf_failing_itself_allows_too(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(served.server, "_function", _broken)
    reply = served.wire().ask("/strict", review(peer_authentication("PERMISSIVE"), plural="peerauthentications"))
    assert reply.response["allowed"] is True
    assert "ZeroDivisionError" in reply.warnings[0]


def test_a_denial_that_is_not_ours_is_not_passed_on(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    async def denies(request: dict[str, Any], headers: dict[str, Any], **_: Any) -> dict[str, Any]:
        headers["answer"] = AdmissionResponse()
        return {"response": {"uid": request["request"]["uid"], "allowed": False}}

    monkeypatch.setattr(served.server, "_function", denies)
    reply = served.wire().ask("/warn", review(peer_authentication("STRICT"), plural="peerauthentications"))
    assert reply.response["allowed"] is True


def test_a_kind_that_kopf_has_not_discovered_passes(served: Served) -> None:
    made = {**peer_authentication("PERMISSIVE"), "apiVersion": "security.istio.io/v9"}
    reply = served.wire().ask("/strict", review(made, plural="peerauthentications"))
    assert reply.response["allowed"] is True
    assert "no handler for CREATE of peerauthentications.v9.security.istio.io" in reply.warnings[0]


def test_a_kind_that_a_path_is_not_for_passes(served: Served) -> None:
    reply = served.wire().ask("/inject", review(peer_authentication("PERMISSIVE"), plural="peerauthentications"))
    assert reply.response["allowed"] is True
    assert "inject has no handler for CREATE of peerauthentications" in reply.warnings[0]
