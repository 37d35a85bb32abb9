"""The answer of ``proxyless why`` for people: the verdict, why, the one change, then every step with its object, field and line.

Called by ``cli.why`` with the values of ``report.why_v1``, so that text and JSON cannot disagree. Pure; ASCII marks only, since
terminals at night may have any locale.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from proxyless.report.wording import clean

Values = Mapping[str, Any]
_MARKS = {"ok": "ok  ", "fails": "FAIL", "not_decided": "?   ", "note": "-   "}
_COLORS = {"ok": "32", "fails": "31;1", "not_decided": "33;1", "note": "2"}
_SHOWN = 3
"""Errors that are told beside a verdict that sounds well."""
_OF_CODE = {"mtls": "ok", "plaintext": "not_decided", "not_decided": "not_decided"}


def text(values: Values, *, color: bool = False) -> str:
    """The whole answer."""
    lines = [_painted(clean(values["verdict"]), _OF_CODE.get(values["code"], "fails"), color=color)]
    because, fix = values["because"], values["repair"]
    place = _place(because)
    if place:
        lines.append(f"  decides: {place}")
    if fix is not None:
        lines.append(f"  fix: {clean(fix['text'])}" + (f" (proxyless explain {fix['rule']})" if fix["rule"] else ""))
        if fix["command"]:
            lines.append(f"  run: {clean(fix['command'])}")
    if values["works"]:
        wrong = [item for item in values["findings"] if item["severity"] == "error"]
        lines += [f"  but: {clean(item['message'])} ({item['code']})" for item in wrong[:_SHOWN]]
    lines += ["", _head(values)]
    lines += _steps(values["steps"], "  ", color=color)
    if values["sent"] is not None:
        lines += ["", *_sent(values["sent"])]
    if values["live"] is not None:
        lines += ["", *_live(values["live"], color=color)]
    found = values["findings"]
    if found:
        lines += ["", "Findings about these objects"]
        for item in found:
            doubt = f" (if {item['applies']})" if item["applies"] else ""
            lines.append(f"  {item['severity']:7} {item['code']}  {_place(item)}")
            lines.append(f"          {clean(item['message'])}{clean(doubt)}")
    return "\n".join(lines) + "\n"


def _sent(sent: Values) -> Iterator[str]:
    """What istiod sends now, and whose error a difference is."""
    found = sent["differences"]
    yield clean(f"istiod at {sent['istiod']} sends this client {'something else' if found else 'the same'}")
    for item in found:
        yield clean(f"  {item['topic']} {item['name']}")
        yield clean(f"    calculated: {item['calculated']}")
        yield clean(f"    sent:       {item['sent']}")
    if found:
        yield (
            "  Files that are not applied make such a difference, and changes that istiod has not taken up yet. Otherwise the calculation\n"
            "  is wrong: please report it."
        )


_TOOK = {
    "accepted": "accepted",
    "rejected": "REJECTED",
    "older": "holds an older one",
    "pending": "on its way",
    "not_asked": "not asked for",
    "unknown": "not known whether accepted",
}


def _state(point: Values) -> str:
    if point["whose"] in ("", "files", "application"):
        return "ok" if point["accepted"] == "accepted" and not point["whose"] else "note"
    return "fails"


def _live(live: Values, *, color: bool) -> Iterator[str]:
    """Each point as calculated, sent and accepted, and whose a difference is."""
    if live["istiod"] is None:
        yield "Not seen live"
    else:
        by = {"application": "by its own word", "istiod": "by istiod's record"}.get(live["taken_by"] or "", "")
        pod = f"Pod {live['pod']['namespace']}/{live['pod']['name']} took {by}" if live["pod"] else "no pod took"
        yield clean(
            f"What istiod sends now (Pod {live['istiod']['namespace']}/{live['istiod']['name']}), and what {pod}".rstrip()
        )
    for item in live["points"]:
        state = _state(item)
        said = f"{item['topic']} {item['name']}: {item['sent']}; {_TOOK[item['accepted']]}"
        yield f"  {_painted(_MARKS[state], state, color=color)}  {clean(said)}"
        if item["calculated"] not in (None, item["sent"]):
            yield clean(f"        calculated: {item['calculated']}")
        if item["text"]:
            yield clean(f"        {item['text']}")
    for note in live["notes"]:
        yield clean(f"  note: {note}")


def _head(values: Values) -> str:
    client, call = values["client"], values["call"]
    scheme = "xds:///" if client["party"] == "proxyless" else ""
    said = [f"{client['kind']} {client['namespace']}/{client['name']} -> {scheme}{call['target']}"]
    said.append(call["method"] or "any method")
    said += [f"{name}: {value}" for name, value in call["metadata"].items()]
    return clean("  ".join(said))


def _steps(steps: Sequence[Values], indent: str, *, color: bool) -> Iterator[str]:
    for index, step in enumerate(steps):
        last = index == len(steps) - 1
        mark = _painted(_MARKS[step["state"]], step["state"], color=color)
        yield f"{indent}{mark}  {step['topic']}: {clean(step['text'])}"
        inner = indent + ("      " if last else "|     ")
        place = _place(step)
        if place:
            yield f"{inner}  {place}"
        yield from _steps(step["steps"], inner, color=color)


def _place(item: Values) -> str:
    """``shop.yaml:12  DestinationRule shop/api spec.trafficPolicy.tls``."""
    found = item["object"]
    if found is None:
        return ""
    name = f"{found['namespace']}/{found['name']}" if found["namespace"] else found["name"]
    said = " ".join(part for part in (found["kind"], name, item["path"]) if part)
    return clean(f"{item['file']}:{item['line']}  {said}" if item["file"] else said)


def _painted(words: str, state: str, *, color: bool) -> str:
    return f"\x1b[{_COLORS[state]}m{words}\x1b[0m" if color else words
