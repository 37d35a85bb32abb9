"""Text for terminals and JSON: golden outputs, no control characters, the same bytes each time."""

import json

from proxyless.errors import InputError
from proxyless.model.finding import Report
from proxyless.model.fingerprint import fingerprint
from proxyless.report import json_v1, text
from proxyless.report.finding_blocks import Style
from report.findings import NOTICE, REPORT, finding

GOLDEN = """\
shop/echo.yaml:12:5  error PX301 mirror
    VirtualService shop/echo  spec.mtls.mode = PERMISSIVE
    A broken \\x1b[31mword.
    fix: Remove the mirror.
    see: Service shop/echo
    why: proxyless explain PX301

shop/echo.yaml:12:5  warning PX502 mirror
    VirtualService shop/echo  spec.http[0].mirror = {"host": "next"}
    gRPC clients do not mirror: no request is copied. Applies if a client is Go below 1.56.
    fix: Remove the mirror.
    why: proxyless explain PX502

-:12:5  info PX603 mirror
    VirtualService shop/zoo  (whole object)
    gRPC clients do not mirror: no request is copied.
    fix: Remove the mirror.
    why: proxyless explain PX603
"""


def test_text() -> None:
    assert text.text(REPORT.findings) == GOLDEN


def test_color_only_adds_escapes() -> None:
    colored = text.text(REPORT.findings, Style(color=True))
    for escape in ("\x1b[31;1m", "\x1b[33;1m", "\x1b[36;1m", "\x1b[1m", "\x1b[0m"):
        assert escape in colored
        colored = colored.replace(escape, "")
    assert colored == GOLDEN


def test_excused_and_without_place() -> None:
    shown = text.text([finding(origin=None)._replace(excuse="for the gateway\nonly")], Style(excused=True))
    assert shown.splitlines()[0] == "VirtualService shop/echo  warning PX502 mirror (excused: for the gateway only)"


def test_nothing_is_empty() -> None:
    assert text.text([]) == ""


def test_notices_and_problems_are_single_lines() -> None:
    assert text.notice(NOTICE) == ("PX302 DestinationRule shop/echo not checked: no Service given for namespace shop")
    problem = InputError("bad\r\nthing \x00", where="a\nb.yaml", line=3, column=4)
    assert text.problem(problem) == "a b.yaml:3:4: error: bad  thing \\x00"
    assert text.problem(InputError("bad")) == "error: bad"


def test_summary() -> None:
    assert text.summary(REPORT, files=2, objects=5, problems=1) == (
        "3 findings (1 error, 1 warning, 1 info) in 5 objects of 2 files, 3 checked; 1 excused; "
        "1 problem reading the input; 1 question not decided (--notices)."
    )
    assert text.summary(Report(()), files=1, objects=1, problems=0) == "0 findings in 1 object of 1 file, 0 checked."


def test_json() -> None:
    problems = [InputError("bad", where="x.yaml", line=2, column=1)]
    values = json_v1.document(REPORT, files=2, objects=5, ignored=1, problems=problems)
    printed = json_v1.dumps(values)
    assert json.loads(printed) == values
    assert printed.isascii()
    assert values["version"] == 1
    assert values["summary"] == {
        "files": 2,
        "objects": 5,
        "ignored": 1,
        "checked": 3,
        "errors": 1,
        "warnings": 1,
        "infos": 1,
        "suppressed": 1,
        "problems": 1,
        "remarks": 0,
        "notices": 2,
    }
    assert values["findings"][0] == {
        "code": "PX301",
        "slug": "mirror",
        "severity": "error",
        "object": {"kind": "VirtualService", "namespace": "shop", "name": "echo"},
        "file": "shop/echo.yaml",
        "line": 12,
        "column": 5,
        "path": "spec.mtls.mode",
        "value": "PERMISSIVE",
        "message": "A broken\n\x1b[31mword.",
        "applies": "",
        "remedy": "Remove the mirror.",
        "command": "",
        "evidence": ["matrix VirtualService.http.mirror"],
        "related": [{"kind": "Service", "namespace": "shop", "name": "echo", "file": "", "line": 0}],
        "deny": False,
        "fingerprint": fingerprint(REPORT.findings[0]),
        "fix": "",
    }
    assert [(item["code"], item["reason"]) for item in values["suppressed"]] == [("PX503", "for the gateway\nonly")]
    assert "reason" not in values["findings"][0]
    assert values["problems"] == [{"file": "x.yaml", "line": 2, "column": 1, "message": "bad"}]
    assert values["notices"][1] == {
        "code": "PX999",
        "object": {"kind": "Service", "namespace": "shop", "name": "echo"},
        "message": "rule PX999 failed on this object",
        "internal": True,
    }
    assert json_v1.dumps(json_v1.document(REPORT, files=2, objects=5, ignored=1, problems=problems)) == printed


def test_json_documents_every_key() -> None:
    values = json_v1.document(REPORT, files=1, objects=1, ignored=0, problems=[InputError("x")])
    keys = {*values, *values["summary"], *values["findings"][0], *values["problems"][0], *values["notices"][0]}
    assert not {key for key in keys if key not in str(json_v1.__doc__)}


def test_json_of_an_object_without_a_place() -> None:
    report = Report((finding(origin=None),))
    [item] = json_v1.document(report, files=0, objects=0, ignored=0, problems=[])["findings"]
    assert (item["file"], item["line"], item["column"]) == ("", 0, 0)
