"""The answer of ``proxyless why`` as JSON, schema version 1. Pure and deterministic; called by ``cli.why``.

Within version 1 keys are only added, and to ``topic``, ``state`` and ``code`` only values. Lines and columns are 1-based, 0 where
there is no file.

    version      1
    client       {kind, namespace, name, framework, language, version, service_account, party}; language and version null where not
                 known; party "proxyless", "sidecar", "gateway", "ambient" or "outside" (the mesh): how its call is judged
    call         {target, host, port, method, metadata}; target as dialed, host and port as istiod reads it, port null where the
                 target names none, method null for any method
    verdict      the verdict as text
    code         "mtls", "plaintext", "unavailable", "permission_denied", "aborted", "not_decided"
    works        whether calls get through, encrypted or not
    because      {text, object, path, file, line, column}: what decides
    repair       {text, command, rule} or null: the one change; command and rule may be empty
    steps        [step] in the order in which a call takes them
    findings     [{code, severity, object, path, file, line, column, message, applies, remedy, command}] about the objects involved
    not_given    kinds of policies of which nothing was given, so that they were taken as none

    sent         null where istiod was not asked, else {istiod, differences [{topic, name, calculated, sent}]}: what it sends this client now;
                 topic "listener", "routes", "cluster", "tls", "endpoints"

    live         null where no cluster was read, or with --no-live or --istiod; else {istiod {namespace, name} or null, revision, pod
                 {namespace, name} or null, taken_by "application", "istiod" or null, points, notes}: what istiod sends the client's
                 pod now and what its application took, by its own word (CSDS) or by istiod's record of its streams
    points       [{topic, name, calculated, sent, holds, accepted, whose, text}] in the order in which a client asks; topic as in sent;
                 calculated null where not decided, holds null where the application does not show it; accepted "accepted",
                 "rejected", "older", "pending", "not_asked", "unknown"; whose difference it is: "" for none, "files", "istiod",
                 "calculation", "library", "application"; text: what it means

    step         {topic, state, text, object, path, file, line, column, steps}
    topic        "client", "sidecar", "streams", "listener", "visible", "route", "fault", "cluster", "subset", "tls", "endpoints",
                 "endpoint", "policy", "shadowed"
    state        "ok", "fails", "not_decided", "note" (has no say, or is neither good nor bad)
    object       {kind, namespace, name} or null
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Protocol

from proxyless.lint.why.answer import WhyAnswer
from proxyless.lint.why.sent import Point
from proxyless.lint.why.step import CallStep
from proxyless.lint.why.taken import BY_APPLICATION, BY_ISTIOD, Compared, Taken
from proxyless.mesh.effective.call_ends import account_of
from proxyless.model.finding import Finding
from proxyless.model.path import FieldPath, show
from proxyless.model.resource import Origin, Ref, Resource

VERSION = 1
_BY = {BY_APPLICATION: "application", BY_ISTIOD: "istiod"}

Lines = Mapping[tuple[Origin, FieldPath], tuple[int, int]]
"""Line and column of fields; those of :func:`wanted`."""


def wanted(answer: WhyAnswer) -> Iterator[tuple[Origin, FieldPath]]:
    """The fields whose lines are shown."""
    yield from _places((answer.outcome.end.because.resource, answer.outcome.end.because.path))
    for node in _all(answer.tree):
        yield from _places((node.resource, node.path))
    for item in answer.findings:
        if item.origin is not None:
            yield item.origin, item.path


def _all(nodes: Iterable[CallStep]) -> Iterator[CallStep]:
    for node in nodes:
        yield node
        yield from _all(node.children)


def _places(where: tuple[Resource | None, FieldPath]) -> Iterator[tuple[Origin, FieldPath]]:
    if where[0] is not None and where[0].origin is not None:
        yield where[0].origin, where[1]


class Seen(Protocol):
    """What was seen of a running client."""

    @property
    def istiod(self) -> Ref | None:
        """The pod of istiod that was asked."""

    @property
    def revision(self) -> str:
        """Of istiod."""

    @property
    def pod(self) -> Ref | None:
        """The client's pod."""

    @property
    def taken(self) -> Taken | None:
        """What its application took."""

    @property
    def rows(self) -> tuple[Compared, ...]:
        """All points."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What could not be seen."""


def document(
    answer: WhyAnswer,
    lines: Lines,
    not_given: Sequence[str] = (),
    sent: tuple[str, Sequence[Point]] | None = None,
    seen: Seen | None = None,
) -> dict[str, Any]:
    """The answer as JSON values; ``sent``: istiod's address, and the differences in its answers."""
    question, because = answer.question, answer.outcome.end.because
    library, address, target = question.library, question.address, question.target
    return {
        "version": VERSION,
        "client": {
            **_object(question.workload.ref),
            "framework": library.framework.value,
            "language": library.language.value if library.language is not None else None,
            "version": str(library.version) if library.version is not None else None,
            "service_account": account_of(question.workload),
            "party": question.party_name,
        },
        "call": {
            "target": question.dialed,
            "host": target.host if target is not None else address.host,
            "port": address.port,
            "method": question.call.method or None,
            "metadata": dict(question.call.metadata),
        },
        "verdict": answer.outcome.text,
        "code": answer.outcome.code.value,
        "works": answer.works,
        "because": {"text": because.words, **_place(because.resource, because.path, lines)},
        "repair": _repair(answer),
        "steps": [_step(node, lines) for node in answer.tree],
        "findings": [_finding(item, lines) for item in answer.findings],
        "not_given": list(not_given),
        "sent": None if sent is None else {"istiod": sent[0], "differences": list(map(_difference, sent[1]))},
        "live": None if seen is None else _live(seen),
    }


def text(values: Mapping[str, Any]) -> str:
    """The JSON text, with a newline at its end."""
    return json.dumps(values, indent=2) + "\n"


def _live(seen: Seen) -> dict[str, Any]:
    return {
        "istiod": _named(seen.istiod),
        "revision": seen.revision,
        "pod": _named(seen.pod),
        "taken_by": _BY[seen.taken.by] if seen.taken is not None else None,
        "points": list(map(_point, seen.rows)),
        "notes": list(seen.notes),
    }


def _named(ref: Ref | None) -> dict[str, str] | None:
    return {"namespace": ref.namespace, "name": ref.name} if ref is not None else None


def _point(row: Compared) -> dict[str, Any]:
    point = row.point
    return {
        "topic": point.topic,
        "name": point.name,
        "calculated": point.calculated or None,
        "sent": point.sent,
        "holds": row.held or None,
        "accepted": row.state.took.value,
        "whose": row.whose.value,
        "text": row.text,
    }


def _difference(item: Point) -> dict[str, str]:
    return {"topic": item.topic, "name": item.name, "calculated": item.calculated, "sent": item.sent}


def _repair(answer: WhyAnswer) -> dict[str, str] | None:
    found = answer.repair
    return {"text": found.text, "command": found.command, "rule": found.code} if found is not None else None


def _step(node: CallStep, lines: Lines) -> dict[str, Any]:
    return {
        "topic": node.topic,
        "state": node.state,
        "text": node.text,
        **_place(node.resource, node.path, lines),
        "steps": [_step(child, lines) for child in node.children],
    }


def _place(resource: Resource | None, path: FieldPath, lines: Lines) -> dict[str, Any]:
    origin = resource.origin if resource is not None else None
    line, column = lines.get((origin, path), (origin.line, 0)) if origin is not None else (0, 0)
    return {
        "object": _object(resource.ref) if resource is not None else None,
        "path": show(path),
        "file": origin.file if origin is not None else "",
        "line": line,
        "column": column,
    }


def _finding(item: Finding, lines: Lines) -> dict[str, Any]:
    line, column = lines.get((item.origin, item.path), (item.origin.line, 0)) if item.origin is not None else (0, 0)
    return {
        "code": item.code,
        "severity": item.severity.word,
        "object": _object(item.ref),
        "path": show(item.path),
        "file": item.origin.file if item.origin is not None else "",
        "line": line,
        "column": column,
        "message": item.message,
        "applies": item.applies,
        "remedy": item.remedy,
        "command": item.command,
    }


def _object(ref: Ref) -> dict[str, str]:
    return {"kind": ref.kind, "namespace": ref.namespace, "name": ref.name}
