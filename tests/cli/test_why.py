"""``proxyless why`` as a user runs it: text, JSON, exit codes, and what it refuses with a word on what to write."""

import json
from pathlib import Path
from typing import Any

import pytest

from cli.command import proxyless
from lint.why.small import BASE, HOST, MUTUAL, STRICT, policy, routes, to

TARGET = f"xds:///{HOST}:7070"
GET = "/shop.Api/Get"
MESH = BASE + MUTUAL + STRICT + routes(to("v2", match="[{headers: {x-tenant: {exact: gold}}}]"), to("v1"))


@pytest.fixture
def mesh(tmp_path: Path) -> str:
    file = tmp_path / "mesh.yaml"
    file.write_text(MESH)
    return str(file)


def _json(*words: str) -> dict[str, Any]:
    found = proxyless("why", "--format", "json", *words)
    assert found.returncode in (0, 1), found.stderr
    document: dict[str, Any] = json.loads(found.stdout)
    return document


def test_verdict_comes_first_and_each_step_has_its_place(mesh: str) -> None:
    found = proxyless("why", "web/deploy/cart", TARGET, GET, "-f", mesh)
    assert (found.returncode, found.stdout.splitlines()[0]) == (0, "works with mTLS")
    assert f"Deployment web/cart -> {TARGET}  {GET}" in found.stdout
    line = MESH.splitlines().index("  trafficPolicy: {tls: {mode: ISTIO_MUTUAL}}") + 1
    assert f"{mesh}:{line}  DestinationRule shop/api spec.trafficPolicy.tls.mode" in found.stdout
    assert "note: not given, so taken as none: Sidecar, AuthorizationPolicy" in found.stderr


def test_failing_call_has_the_repair_and_exit_code_1(mesh: str) -> None:
    found = proxyless("why", "cart", TARGET, GET, "-f", mesh, "--header", "X-Tenant=gold")
    assert found.returncode == 1
    first, decides, fix = found.stdout.splitlines()[:3]
    assert first == f"fails: UNAVAILABLE, outbound|7070|v2|{HOST} has no endpoints"
    assert "DestinationRule shop/api spec.subsets[1].labels" in decides
    assert fix.startswith("  fix: ")


def test_json(mesh: str, tmp_path: Path) -> None:
    gate = tmp_path / "gate.yaml"
    gate.write_text(policy("[{from: [{source: {namespaces: [ops]}}]}]").removeprefix("---\n"))
    told = _json("cart", TARGET, GET, "-f", mesh, "-f", str(gate))
    assert (told["version"], told["code"], told["works"]) == (1, "permission_denied", False)
    assert told["client"] == {
        "kind": "Deployment", "namespace": "web", "name": "cart", "framework": "grpc", "language": "go", "version": "1.85.0",
        "service_account": "cart", "party": "proxyless",
    }  # fmt: skip
    assert told["call"] == {
        "target": f"{HOST}:7070", "host": HOST, "port": 7070, "method": GET, "metadata": {},
    }  # fmt: skip
    because = told["because"]
    assert (because["object"]["kind"], because["file"], because["line"]) == ("AuthorizationPolicy", str(gate), 4)
    assert because["path"] == "spec.rules[0].from[0].source.namespaces"
    assert told["repair"]["text"].startswith("Add a rule to AuthorizationPolicy shop/gate")
    assert [step["topic"] for step in told["steps"]] == ["client", "streams", "listener", "route", "route"]
    assert told["not_given"] == ["Sidecar"]


def test_text_and_json_say_the_same(mesh: str) -> None:
    told = _json("cart", TARGET, "-f", mesh)
    text = proxyless("why", "cart", TARGET, "-f", mesh).stdout
    assert text.startswith(told["verdict"])
    assert all(step["text"] in text for step in told["steps"])


def test_a_verdict_that_sounds_well_is_not_alone(tmp_path: Path) -> None:
    """Errors about the client or its objects are told beside it: here the streams."""
    file = tmp_path / "mesh.yaml"
    file.write_text(MESH.replace('proxyless.dev/targets: "1"', 'proxyless.dev/targets: "3"'))
    found = proxyless("why", "cart", TARGET, GET, "-f", str(file))
    assert found.stdout.startswith("works with mTLS\n")
    assert "  but: gRPC Go 1.85.0 opens one stream for each of 3 targets" in found.stdout


def test_paths_may_follow_after_two_dashes_and_the_client_may_be_short(mesh: str) -> None:
    for words in (
        ("cart", TARGET, GET, "--", mesh),
        ("-n", "web", "cart", f"{HOST}:7070", "shop.Api/Get", "-f", mesh),
        ("-n", "web", "deploy/cart", f"xds:{HOST}:7070", GET, "-f", mesh),
        ("deploy/cart", TARGET, GET, "-f", mesh),
        ("web/cart", TARGET, GET, "-f", "-"),
    ):
        found = proxyless("why", *words, stdin=MESH)
        assert (found.returncode, found.stdout.splitlines()[0]) == (0, "works with mTLS"), words


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("web/crat", TARGET), "no workload 'web/crat' in what was read; did you mean web/deploy/cart?"),
        (("shop/cart", TARGET), "did you mean web/deploy/cart?"),
        (("-n", "shop", "cart", TARGET), "did you mean web/deploy/cart?"),
        (("cart", f"xds://{HOST}:7070"), f"names an authority and no host; write xds:///{HOST}:7070"),
        (("cart", "dns:///api:7070"), "is not a target of the mesh"),
        (("cart", TARGET, "Get"), "is not a method; write for example /shop.Api/Get"),
        (("cart", TARGET, GET, "--header", "gold"), "is no header; write for example x-tenant=gold"),
    ],
)
def test_refusals_say_what_to_write(mesh: str, words: tuple[str, ...], said: str) -> None:
    found = proxyless("why", *words, "-f", mesh)
    assert (found.returncode, found.stdout) == (2, "")
    assert said in found.stderr
    assert "Traceback" not in found.stderr


def test_a_file_in_the_place_of_the_method_is_told(mesh: str) -> None:
    assert "files go behind -f" in proxyless("why", "cart", TARGET, mesh, "-f", mesh).stderr


def test_nothing_to_read(tmp_path: Path) -> None:
    assert "give files or folders with -f" in proxyless("why", "cart", TARGET).stderr
    (tmp_path / "empty.yaml").write_text("")
    assert proxyless("why", "cart", TARGET, "-f", str(tmp_path)).returncode == 3
    broken = tmp_path / "broken.yaml"
    broken.write_text("a: [")
    assert proxyless("why", "cart", TARGET, "-f", str(broken)).returncode == 2


def test_a_file_that_cannot_be_read_leaves_the_rest_told(mesh: str, tmp_path: Path) -> None:
    broken = tmp_path / "broken.yaml"
    broken.write_text("a: [")
    found = proxyless("why", "cart", TARGET, GET, "-f", mesh, "-f", str(broken))
    assert (found.returncode, found.stdout.splitlines()[0]) == (2, "works with mTLS")
