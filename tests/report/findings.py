"""Findings and notices for the tests of formats."""

from proxyless.model.finding import Finding, Notice, Report, Severity
from proxyless.model.path import parse
from proxyless.model.resource import Origin, Ref

ECHO = Origin("shop/echo.yaml", 3, 1)


def finding(
    code: str = "PX502",
    severity: Severity = Severity.WARNING,
    *,
    path: str = "spec.http[0].mirror",
    message: str = "gRPC clients do not mirror: no request is copied.",
    remedy: str = "Remove the mirror.",
    name: str = "echo",
    value: str = '{"host": "next"}',
    applies: str = "",
    origin: Origin | None = ECHO,
    deny: bool = False,
) -> Finding:
    return Finding(
        code=code,
        slug="mirror",
        severity=severity,
        ref=Ref("VirtualService", "shop", name),
        path=parse(path),
        message=message,
        remedy=remedy,
        value=value,
        applies=applies,
        evidence=("matrix VirtualService.http.mirror",),
        related=(Ref("Service", "shop", "echo"),) if severity is Severity.ERROR else (),
        origin=origin,
        line=12 if origin else 0,
        column=5 if origin else 0,
        deny=deny,
    )


NOTICE = Notice("PX302", Ref("DestinationRule", "shop", "echo"), "not checked: no Service given for namespace shop")
INTERNAL = Notice("PX999", Ref("Service", "shop", "echo"), "rule PX999 failed on this object", internal=True)

REPORT = Report(
    findings=(
        finding("PX301", Severity.ERROR, path="spec.mtls.mode", value="PERMISSIVE", message="A broken\n\x1b[31mword."),
        finding(applies="a client is Go below 1.56"),
        finding("PX603", Severity.INFO, name="zoo", path="", value="", origin=Origin("-", 1, 0)),
    ),
    notices=(NOTICE, INTERNAL),
    suppressed=(finding("PX503")._replace(excuse="for the gateway\nonly"),),
    checked=3,
)
