"""``proxyless upgrade-report`` as a user runs it: arguments, exit codes, text and JSON."""

import json
from pathlib import Path

import pytest

from cli.command import proxyless

RULE = """\
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: echo, namespace: shop}
spec:
  host: echo.shop.svc.cluster.local
  trafficPolicy:
    tls: {mode: ISTIO_MUTUAL}
    connectionPool: {http: {http2MaxRequests: 10}}
"""


def test_a_change_is_told_with_its_line_and_exit_code() -> None:
    done = proxyless("upgrade-report", "--istio", "1.28..1.31", "-", stdin=RULE)
    assert done.returncode == 1, done.stderr
    assert done.stdout.startswith("Istio 1.28 -> Istio 1.31\n")
    assert "1 finding gone:\n  -:8 warning PX408 DestinationRule shop/echo" in done.stdout
    assert "http2MaxRequests (10): ignored -> supported" in done.stdout


def test_no_change() -> None:
    done = proxyless("upgrade-report", "--istio", "1.30..1.31", "--grpc", "go=1.84..1.85", "-", stdin=RULE)
    assert done.returncode == 0
    assert done.stdout.endswith("gRPC Go 1.84 -> gRPC Go 1.85\n\nnothing changes\n")


def test_json() -> None:
    done = proxyless("upgrade-report", "--istio", "1.28..1.31", "--format", "json", "-", stdin=RULE)
    found = json.loads(done.stdout)
    assert (found["version"], found["from"], found["to"]) == (1, ["Istio 1.28"], ["Istio 1.31"])
    assert [(item["code"], item["line"]) for item in found["gone"]] == [("PX408", 8)]
    assert found["new"] == found["changed"] == []
    pool, tls = found["fields"][1], found["fields"][0]
    assert (pool["path"], pool["before"], pool["after"]) == (
        "spec.trafficPolicy.connectionPool.http.http2MaxRequests",
        "ignored",
        "supported",
    )
    assert (tls["before"], tls["after"]) == ("rejected", "supported")
    assert [name.rpartition(" ")[0] for name in tls["clients"]] == ["gRPC Node"]


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        ((), "nothing to compare"),
        (("--istio", "1.31"), "write for example 1.28..1.31"),
        (("--istio", "1.28..new"), "is not a version"),
        (("--grpc", "1.65..1.85"), "write for example go=1.65..1.85"),
        (("--grpc", "kitex=0.1..0.2"), "is not a language of gRPC"),
        (("--grpc", "cobol=1..2"), "cobol"),
        (("--grpc", "go=1.65..1.85", "--grpc", "go=1.1..1.2"), "names a language twice"),
    ],
)
def test_wrong_arguments_say_what_to_write(arguments: tuple[str, ...], hint: str) -> None:
    done = proxyless("upgrade-report", *arguments, "-", stdin=RULE)
    assert done.returncode == 2
    assert hint in done.stderr


def test_unreadable_input_and_nothing_read(tmp_path: Path) -> None:
    assert proxyless("upgrade-report", "--istio", "1.28..1.31", str(tmp_path)).returncode == 3
    broken = tmp_path / "broken.yaml"
    broken.write_text("a: [")
    done = proxyless("upgrade-report", "--istio", "1.28..1.31", str(broken))
    assert done.returncode == 2
    assert "broken.yaml" in done.stderr
