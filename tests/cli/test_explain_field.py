"""``proxyless explain KIND.FIELD`` and the JSON of ``proxyless matrix``."""

import json

import pytest

from cli.command import proxyless
from proxyless.matrix.query import load


@pytest.mark.parametrize(
    "word",
    [
        "VirtualService.spec.http.mirror",
        "VirtualService.spec.http[].mirror",
        "virtualservice.spec.http[0].mirror",
        "VirtualService.http.mirror",
    ],
)
def test_a_field_by_any_of_its_names(word: str) -> None:
    done = proxyless("explain", word)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("VirtualService spec.http[].mirror\n")
    assert "Rules       PX502" in done.stdout
    assert "  Go       ignored  everywhere" in done.stdout
    assert "route.go:TranslateRequestMirrorPolicy" in done.stdout


def test_every_row_is_explained_by_its_path_and_by_its_id() -> None:
    rows = load().rows()
    done = proxyless("explain", *(f"{row.kind}.{row.path}" for row in rows))
    assert done.returncode == 0, done.stderr
    assert proxyless("explain", *(row.id for row in rows)).returncode == 0
    assert {row.consequence.split("\n")[0] for row in rows if row.consequence not in done.stdout} == set()


def test_fields_below_and_fields_of_an_alias() -> None:
    below = proxyless("explain", "VirtualService.spec.http.retries").stdout
    assert "spec.http[].retries.perTryTimeout" in below
    alias = proxyless("explain", "DestinationRule.spec.subsets.trafficPolicy.portLevelSettings.tls.mode")
    assert alias.returncode == 0
    assert "DestinationRule spec.trafficPolicy.tls.mode  where SIMPLE" in alias.stdout


def test_a_mapping_takes_any_key() -> None:
    done = proxyless("explain", "VirtualService.spec.http[0].match[0].headers.x-user.exact")
    assert "Go       rejected   Go below 1.56" in done.stdout


def test_a_value_with_an_outcome_of_its_own_is_told() -> None:
    row = next(row for row in load().rows() if any(effect.when is not None for effect in row.clients))
    effect = next(effect for effect in row.clients if effect.when is not None)
    assert f"    {effect.verdict.value}: {effect.text}" in proxyless("explain", row.id).stdout


@pytest.mark.parametrize(
    ("word", "hint"),
    [
        ("VirtualService.spec.http.miror", "did you mean VirtualService.spec.http.mirror,"),
        ("VirtualServise.spec.http", "did you mean VirtualService"),
        ("Foo.bar", "one of AuthorizationPolicy, "),
        ("VirtualService.spec.mirror", "VirtualService.spec.http.mirror"),
        ("VirtualService.", "nothing is known of VirtualService."),
        ("..", "no fields of a kind ''"),
        ("VirtualService.metadata[", "nothing is known"),
    ],
)
def test_an_unknown_field_names_what_is_near(word: str, hint: str) -> None:
    done = proxyless("explain", word)
    assert done.returncode == 2
    assert hint in done.stderr
    assert "Traceback" not in done.stderr


def test_codes_and_fields_together() -> None:
    done = proxyless("explain", "PX502", "Sidecar.spec.ingress", "Sidecar.spec.nothing")
    assert done.returncode == 2
    assert done.stdout.startswith("# PX502 mirror\n")
    assert "\nSidecar spec.ingress[]\n" in done.stdout


def test_matrix_as_json() -> None:
    done = proxyless("matrix", "--kind", "Sidecar", "--verdict", "ignored", "--format", "json")
    found = json.loads(done.stdout)
    assert found["version"] == 1
    assert {item["outcome"] for item in found["fields"]} == {"ignored"}
    ingress = next(item for item in found["fields"] if item["id"] == "Sidecar.ingress")
    assert ingress["rules"] == ["PX252"]
    assert ingress["severity"] == "warning"
    assert ingress["evidence"]


def test_matrix_as_json_knows_versions() -> None:
    def outcome(istio: str) -> set[str]:
        done = proxyless("matrix", "--field", "simple", "--client", "go=1.65", "--istio", istio, "--format", "json")
        return {item["outcome"] for item in json.loads(done.stdout)["fields"] if item["value"] == "LEAST_REQUEST"}

    assert outcome("1.28") == {"ignored"}
    assert outcome("1.31") == {"rejected"}
