"""``proxyless.yaml`` and ``[tool.proxyless]``: what they say counts where flags say nothing, and mistakes are named with their line."""

import json
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from cli.command import proxyless
from cli.small_objects import SHORT_MIRROR as MIRROR
from proxyless.lint.config import LEVELS, SETTINGS, parsed

SCHEMA = json.loads((Path(__file__).parents[2] / "docs/schemas/proxyless-yaml.schema.json").read_text())
FITS = Draft202012Validator(SCHEMA)


def lint(folder: Path, *arguments: str, cwd: Path | None = None) -> tuple[int, dict[str, str], str]:
    """Exit code, severity by code, standard error."""
    done = proxyless("lint", "--format", "json", *arguments, cwd=cwd or folder)
    found = json.loads(done.stdout)["findings"] if done.stdout else []
    return done.returncode, {item["code"]: item["severity"] for item in found}, done.stderr


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


def test_paths_severity_and_what_fails(tmp_path: Path) -> None:
    write(tmp_path, {"k8s/a.yaml": MIRROR, "proxyless.yaml": "paths: [k8s]\nseverity: {PX5: info, PX502: error}\n"})
    assert lint(tmp_path) == (1, {"PX502": "error"}, lint(tmp_path)[2])
    assert lint(tmp_path, "--no-config", "k8s")[1] == {"PX502": "warning"}
    write(tmp_path, {"proxyless.yaml": "paths: [k8s]\nfail-on: error\n"})
    assert lint(tmp_path)[0] == 0
    assert lint(tmp_path, "--fail-on", "info")[0] == 1, "a flag wins"


def test_paths_are_relative_to_the_file(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    write(tmp_path, {"k8s/a.yaml": MIRROR, "sub/x": "", "proxyless.yaml": "paths: [k8s]\nexclude: [/k8s/b.yaml]\n"})
    write(tmp_path, {"k8s/b.yaml": MIRROR.replace("name: echo", "name: other")})
    done = proxyless("lint", cwd=tmp_path / "sub")
    assert "../k8s/a.yaml:8:5  warning PX502" in done.stdout
    assert "b.yaml" not in done.stdout


def test_a_file_above_counts_in_its_repository_alone(tmp_path: Path) -> None:
    write(tmp_path, {"a/x.yaml": MIRROR, "proxyless.yaml": "ignore: PX502\n"})
    assert lint(tmp_path, "x.yaml", cwd=tmp_path / "a")[1] == {"PX502": "warning"}
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    assert lint(tmp_path, "x.yaml", cwd=tmp_path / "a")[1] == {}


def test_overrides_by_path(tmp_path: Path) -> None:
    settings = "overrides:\n- paths: [legacy/]\n  ignore: [PX50]\n- paths: ['*.new.yaml']\n  select: PX3\n"
    write(tmp_path, {"legacy/deep/a.yaml": MIRROR, "b.new.yaml": MIRROR, "c.yaml": MIRROR, "proxyless.yaml": settings})
    for name, found in (("legacy", {}), ("b.new.yaml", {}), ("c.yaml", {"PX502": "warning"})):
        assert lint(tmp_path, name)[1] == found, name


def test_context_is_known_and_not_judged(tmp_path: Path) -> None:
    server = (
        "apiVersion: v1\nkind: Pod\nmetadata: {name: next, namespace: shop, labels: {app: next}, "
        "annotations: {inject.istio.io/templates: grpc-agent, proxyless.dev/language: go}}\n"
        "spec: {containers: [{name: a, image: a}]}\n"
    )
    write(tmp_path, {"a.yaml": MIRROR, "around/pods.yaml": server, "proxyless.yaml": "context: around\n"})
    summary = json.loads(proxyless("lint", "--format", "json", "a.yaml", cwd=tmp_path).stdout)
    assert {item["object"]["kind"] for item in summary["findings"]} == {"VirtualService"}
    write(tmp_path, {"proxyless.yaml": "context: nowhere\n"})
    code, _, said = lint(tmp_path, "a.yaml")
    assert code == 2
    assert "nowhere: error: no such file or folder" in said


def test_pyproject(tmp_path: Path) -> None:
    write(tmp_path, {"a.yaml": MIRROR, "pyproject.toml": '[project]\nname = "x"\n'})
    assert lint(tmp_path, "a.yaml")[1] == {"PX502": "warning"}
    write(
        tmp_path,
        {"pyproject.toml": '[tool.proxyless]\npaths = ["a.yaml"]\n[tool.proxyless.severity]\nPX502 = "error"\n'},
    )
    assert lint(tmp_path)[1] == {"PX502": "error"}
    write(tmp_path, {"pyproject.toml": '[tool.proxyless]\npaths = ["a.yaml"]\nfail-on = "never"\n'})
    code, _, said = lint(tmp_path)
    assert code == 2
    assert "pyproject.toml:3:1: fail-on 'never' is no severity; write one of error, warning, info" in said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("istio: 1.30\n", 'proxyless.yaml:1:1: istio is a number; write it in quotes: "1.3"'),
        ("a: 1\n", "proxyless.yaml:1:1: a is no setting; write one of istio, client"),
        ("# x\nfail_on: error\n", "proxyless.yaml:2:1: fail_on is no setting; did you mean fail-on?"),
        ("select: [PX3, PX9999]\n", "proxyless.yaml:1:15: select[1] no rule has the code or prefix 'PX9999'"),
        ("severity:\n  PX5: low\n", "proxyless.yaml:2:3: severity.PX5 'low' is no severity"),
        ("overrides:\n- ignore: PX5\n", "overrides[0] has no paths; add it"),
        ("suppressions:\n- code: PX502\n", "suppressions[0] has no reason; add it"),
        ("suppressions:\n- {code: PX5, reason: x}\n", "suppressions[0].code no rule has the code 'PX5'"),
        (
            "suppressions:\n- {code: PX502, reason: x, expires: soon}\n",
            "'soon' is no date; write for example 2027-03-31",
        ),
        ("- a\n", "is a list where a mapping belongs"),
        ("client: cobol=1\n", "client[0] "),
        ("a: [\n", "proxyless.yaml:2:1: no YAML: "),
    ],
)
def test_mistakes_are_named(text: str, said: str, tmp_path: Path) -> None:
    write(tmp_path, {"proxyless.yaml": text, "a.yaml": MIRROR})
    done = proxyless("lint", "a.yaml", cwd=tmp_path)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert proxyless("lint", "--config", "no.yaml", "a.yaml", cwd=tmp_path).returncode == 2


def test_the_schema_names_what_may_be_written() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    assert tuple(SCHEMA["properties"]) == SETTINGS[""]
    for name in ("overrides", "suppressions"):
        assert tuple(SCHEMA["properties"][name]["items"]["properties"]) == SETTINGS[name]


CODES = st.sampled_from(["PX3", "px502", "PX"])
WORDS = st.sampled_from(["a", "k8s/**", "*.yaml", "VirtualService shop/echo"])
SEVERITY = st.dictionaries(CODES, st.sampled_from(LEVELS), max_size=3)
GOOD = st.fixed_dictionaries(
    {},
    optional={
        "istio": st.sampled_from(["1.31", "1.28.2"]),
        "client": st.sampled_from(["go", ["go=1.66.3", "python"]]),
        "namespace": WORDS,
        "assume-proxyless": st.booleans(),
        "per-folder": st.booleans(),
        "paths": WORDS | st.lists(WORDS, min_size=1),
        "context": st.lists(WORDS, min_size=1),
        "exclude": st.lists(WORDS, min_size=1),
        "select": CODES | st.lists(CODES, min_size=1),
        "ignore": st.lists(CODES, min_size=1),
        "fail-on": st.sampled_from(LEVELS),
        "min-severity": st.sampled_from(LEVELS),
        "baseline": WORDS,
        "severity": SEVERITY,
        "overrides": st.lists(
            st.fixed_dictionaries({"paths": WORDS}, optional={"ignore": CODES, "severity": SEVERITY}), max_size=2
        ),
        "suppressions": st.lists(
            st.fixed_dictionaries(
                {"code": st.just("PX502"), "reason": WORDS},
                optional={"paths": WORDS, "object": WORDS, "expires": st.dates().map(str)},
            ),
            max_size=2,
        ),
    },
)
ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(GOOD)
def test_what_the_schema_takes_is_taken(values: dict[str, object]) -> None:
    FITS.validate(values)
    assert parsed(values)[1] == []


@given(st.sampled_from(SETTINGS[""]), ANY)
def test_what_the_schema_refuses_is_refused_with_a_field(name: str, value: object) -> None:
    _, problems = parsed({name: value})
    if not FITS.is_valid({name: value}):
        assert problems
        assert problems[0].path[0] == name
    assert all(item.message for item in problems)


@given(ANY)
def test_anything_is_answered(value: object) -> None:
    parsed(value)
