"""PeerAuthentication and RequestAuthentication: what servers demand of callers.

Every server is called through xDS with ISTIO_MUTUAL, and by its address in plaintext.
"""

from typing import Any

from matrix_measured.case import Answers, Call, Manifest, Place, Seen, ServerCase, manifest
from matrix_measured.judges import ok, words
from proxyless.matrix.verdict import Verdict

_ROW = "PeerAuthentication"
_SELECTOR = {"matchLabels": {"app": "server"}}
_CALLS = (Call(timeout=6),)


def _peer(mtls: dict[str, Any] | None, **more: Any) -> Any:
    def objects(place: Place) -> list[Manifest]:
        spec = {"selector": _SELECTOR} | ({} if mtls is None else {"mtls": mtls}) | more
        return [manifest("PeerAuthentication", "case", place, spec)]

    return objects


def _text(answers: Answers) -> str:
    return f"with mTLS: {words(answers[0])}; in plaintext: {words(answers[1])}"


def _over_tls(answers: Answers) -> bool:
    return all(ok(result) and result.get("tls") for result in answers[0])


def _in_clear(answers: Answers) -> bool:
    return all(map(ok, answers[1]))


def _strict(answers: Answers) -> Seen:
    """mTLS is answered, plaintext refused."""
    if _over_tls(answers) and not _in_clear(answers):
        return Seen(Verdict.SUPPORTED, _text(answers))
    return Seen(Verdict.PLAINTEXT if _in_clear(answers) else Verdict.BREAKS, _text(answers))


def _disabled(answers: Answers) -> Seen:
    fine = _in_clear(answers) and not _over_tls(answers)
    return Seen(Verdict.SUPPORTED if fine else Verdict.BREAKS, _text(answers))


def _permissive(answers: Answers) -> Seen:
    """Both are meant to be answered."""
    if _over_tls(answers) and _in_clear(answers):
        return Seen(Verdict.SUPPORTED, _text(answers))
    return Seen(Verdict.PLAINTEXT if _in_clear(answers) else Verdict.BREAKS, _text(answers))


def _case(name: str, row: str, objects: Any, judge: Any, settled: Any) -> ServerCase:
    return ServerCase(f"peer-{name}", (f"{_ROW}.{row}",), objects, _CALLS, settled, judge, lane="open", plain=True)


def _is(judge: Any) -> Any:
    return lambda answers: judge(answers).verdict is Verdict.SUPPORTED


def _answering(answers: Answers) -> bool:
    return _in_clear(answers) or _over_tls(answers)


CASES = (
    _case("strict", "mtls.mode.STRICT", _peer({"mode": "STRICT"}), _strict, _is(_strict)),
    _case("disable", "mtls.mode.DISABLE", _peer({"mode": "DISABLE"}), _disabled, _is(_disabled)),
    _case("permissive", "mtls.mode.PERMISSIVE", _peer({"mode": "PERMISSIVE"}), _permissive, _answering),
    _case("unset", "mtls.mode.UNSET", _peer({"mode": "UNSET"}), _permissive, _answering),
    _case("absent", "mtls.absent", _peer(None), _permissive, _answering),
    _case(
        "port",
        "portLevelMtls",
        _peer({"mode": "DISABLE"}, portLevelMtls={"17070": {"mode": "STRICT"}}),
        _strict,
        _is(_strict),
    ),
    _case("selector", "selector", _peer({"mode": "STRICT"}), _strict, _is(_strict)),
)
