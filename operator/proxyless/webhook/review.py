"""AdmissionReview as bytes to a value, and an answer to bytes.

Called by ``webhook.server`` for each request. Knows the wire format of ``admission.k8s.io/v1`` and nothing of rules or
Kopf. Never raises anything but :class:`MalformedReview` for what it reads.
"""

import base64
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

API_VERSION = "admission.k8s.io/v1"
WARNING = 2048
"""Most bytes of one warning. ``report.admission`` keeps all of an answer within what the API server passes on whole."""
_OPERATIONS = ("CREATE", "UPDATE", "DELETE", "CONNECT")
_UID = re.compile(rb'"request"\s*:\s*\{\s*"uid"\s*:\s*"([A-Za-z0-9._-]{1,128})"')


class MalformedReview(ValueError):  # noqa: N818  a signal to the server, which answers 400 with its text
    """The bytes are no AdmissionReview; the message names the field and what was expected there."""


@dataclass(slots=True, frozen=True)
class Review:
    """What the API server asks."""

    uid: str
    operation: str
    group: str
    version: str
    plural: str
    """``resource`` of the review, such as ``virtualservices``."""
    namespace: str
    """Empty for kinds of cluster scope."""
    name: str
    """Empty where the API server makes the name from generateName."""
    subresource: str
    body: dict[str, Any]
    """The object as it would be stored; the old one for DELETE. Raw, never changed."""
    old: dict[str, Any] | None
    dry_run: bool
    via: str = ""
    """What the path says of how the request was selected: ``namespace`` or ``pod`` for injection."""


@dataclass(slots=True, frozen=True)
class AdmissionResponse:
    """Our response to a review."""

    allowed: bool = True
    message: str = ""
    """Why not, shown to the user by kubectl; empty where allowed."""
    warnings: tuple[str, ...] = ()
    operations: Sequence[Mapping[str, Any]] = ()
    """RFC 6902, against the raw object."""
    patch: str = ""
    """The operations as the response holds them, where they were written before; they are left out then."""
    failed: bool = False
    """True where a defect of ours made it; counted, never shown as the user's fault."""

    @property
    def patched(self) -> bool:
        """Whether it changes the object."""
        return bool(self.patch or self.operations)


def parse(data: bytes, via: str = "") -> Review:
    """Read a review.

    Raises:
        Malformed: it is none; the message says what is wrong where.
    """
    try:
        review = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise MalformedReview(
            f"the body is not JSON: {error}" if data else "the body is empty, expected an AdmissionReview"
        ) from None
    top = _mapping(review, "the body")
    if top.get("kind") != "AdmissionReview" or top.get("apiVersion") != API_VERSION:
        raise MalformedReview(
            f"expected kind AdmissionReview of {API_VERSION}, got kind {_show(top.get('kind'))} of apiVersion "
            f"{_show(top.get('apiVersion'))}"
        )
    request = _mapping(top.get("request"), "request")
    _mapping(request.get("userInfo"), "request.userInfo")
    resource = _mapping(request.get("resource"), "request.resource")
    operation = _text(request.get("operation"), "request.operation")
    if operation not in _OPERATIONS:
        raise MalformedReview(f"request.operation: expected one of {', '.join(_OPERATIONS)}, got {_show(operation)}")
    new = _mapping(request.get("object"), "request.object", optional=operation == "DELETE")
    old = _mapping(request.get("oldObject"), "request.oldObject", optional=operation != "DELETE")
    dry_run = request.get("dryRun")
    if not isinstance(dry_run, bool | None):
        raise MalformedReview(f"request.dryRun: expected true or false, got {_show(dry_run)}")
    return Review(
        uid=_text(request.get("uid"), "request.uid"),
        operation=operation,
        group=_text(resource.get("group"), "request.resource.group", empty=True),
        version=_text(resource.get("version"), "request.resource.version"),
        plural=_text(resource.get("resource"), "request.resource.resource"),
        namespace=_text(request.get("namespace") or "", "request.namespace", empty=True),
        name=_text(request.get("name") or "", "request.name", empty=True),
        subresource=_text(request.get("subResource") or "", "request.subResource", empty=True),
        body=new or old,
        old=old or None,
        dry_run=bool(dry_run),
        via=via,
    )


def uid_in(head: bytes) -> str:
    """The uid in the first bytes of a review that is too large to read; empty where it is not there.

    The API server writes ``request.uid`` before the objects.
    """
    match = _UID.search(head)
    return match.group(1).decode() if match else ""


def write(uid: str, answer: AdmissionResponse) -> bytes:
    """The response that the API server expects."""
    response: dict[str, Any] = {"uid": uid, "allowed": answer.allowed}
    if answer.warnings:
        response["warnings"] = [_line(text) for text in answer.warnings]
    if answer.patched:
        response["patchType"] = "JSONPatch"
        response["patch"] = answer.patch or base64.b64encode(orjson.dumps(answer.operations)).decode()
    if not answer.allowed:
        response["status"] = {"code": 403, "reason": "Forbidden", "message": answer.message}
    return orjson.dumps({"apiVersion": API_VERSION, "kind": "AdmissionReview", "response": response})


def _line(text: str) -> str:
    """One warning as the API server passes it on: it drops texts with control characters."""
    if not text.isprintable():
        text = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    data = text.encode()
    return text if len(data) < WARNING else data[: WARNING - 4].decode(errors="ignore") + "…"


def _mapping(value: object, where: str, *, optional: bool = False) -> dict[str, Any]:
    if isinstance(value, dict) or (optional and value is None):
        return value or {}
    raise MalformedReview(f"{where}: expected an object, got {_show(value)}")


def _text(value: object, where: str, *, empty: bool = False) -> str:
    if isinstance(value, str) and (value or empty):
        return value
    raise MalformedReview(f"{where}: expected a {'' if empty else 'non-empty '}text, got {_show(value)}")


def _show(value: object) -> str:
    if value is None:
        return "nothing"
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:59]}…"  # noqa: PLR2004  enough to recognize it
