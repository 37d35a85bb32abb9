"""Bad input beside good files: each of it is named with its place and skipped, the rest is checked."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from cli.command import PROXYLESS, proxyless
from cli.small_objects import SHORT_MIRROR as MIRROR

AT = 8
"""Line of the mirror in it."""

BAD = {
    "several documents": (
        f"{MIRROR}---\n# nothing\n---\na: [\n---\n{MIRROR.replace('name: echo', 'name: other')}",
        "x.yaml:13:1: error:",
        AT,
    ),
    "a template": (MIRROR.replace("echo]", "{{ .Values.host }}]"), "helm template", 0),
    "a template between manifests": (f"{MIRROR}---\nkind: {{{{ .Values.kind }}}}\n", "helm template", 0),
    "no object": (f"{MIRROR}---\njust text\n", "x.yaml:10: error: not a Kubernetes object", AT),
    "an alias that holds itself": (f"{MIRROR}---\na: &a [*a]\n", "x.yaml:10", AT),
    "JSON that ends early": (json.dumps({"apiVersion": "v1"})[:-3], "x.yaml:1", 0),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_named_and_the_rest_is_checked(name: str, tmp_path: Path) -> None:
    text, said, line = BAD[name]
    (tmp_path / "x.yaml").write_text(text)
    (tmp_path / "good.yaml").write_text(MIRROR.replace("name: echo", "name: good"))
    done = proxyless("lint", "x.yaml", "good.yaml", cwd=tmp_path)
    assert done.returncode == 2
    assert said in done.stderr
    assert f"good.yaml:{AT}:5  warning PX502" in done.stdout
    assert not line or f"    also: x.yaml:{line}:5  VirtualService shop/" in done.stdout


def test_key_written_twice_is_told_and_judged_as_kubectl_reads_it(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_text(MIRROR.replace("spec:", "spec: {hosts: [old]}\nspec:"))
    done = proxyless("lint", "x.yaml", cwd=tmp_path)
    assert done.returncode == 1
    assert "x.yaml:5:1: warning: the key 'spec' is written twice" in done.stderr
    assert f"x.yaml:{AT + 1}:5  warning PX502" in done.stdout
    told = json.loads(proxyless("lint", "--format", "json", "x.yaml", cwd=tmp_path).stdout)
    assert [(item["line"], item["column"]) for item in told["remarks"]] == [(5, 1)]
    run = json.loads(proxyless("lint", "--format", "sarif", "x.yaml", cwd=tmp_path).stdout)["runs"][0]
    [notification] = run["invocations"][0]["toolExecutionNotifications"]
    assert (notification["level"], run["invocations"][0]["executionSuccessful"]) == ("warning", True)


@pytest.mark.parametrize("redirect", [">&-", ">/dev/full", ">&- 2>&-"])
@pytest.mark.parametrize("command", ["lint x.yaml", "lint --format json x.yaml", "rules"])
def test_place_that_cannot_be_written_to_is_no_defect(command: str, redirect: str, tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_text(MIRROR)
    done = subprocess.run(
        ["sh", "-c", f"{PROXYLESS} {command} {redirect}"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert (
        "2>" in redirect or "the result cannot be written" in done.stderr or "standard output is closed" in done.stderr
    )
    assert "Traceback" not in done.stderr
    assert "defect" not in done.stderr


@pytest.mark.parametrize("form", ["text", "json", "sarif", "github"])
def test_file_name_that_is_no_text(form: str, tmp_path: Path) -> None:
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/bad\xff.yaml")).write_text(MIRROR)
    done = proxyless("lint", "--format", form, ".", cwd=tmp_path)
    assert done.returncode == 1
    if form == "sarif":
        place = json.loads(done.stdout)["runs"][0]["results"][0]["locations"][0]["physicalLocation"]
        assert place["artifactLocation"]["uri"] == "bad%FF.yaml"


@pytest.mark.parametrize("indent", [None, 2])
def test_lists_and_json_are_read_with_their_places(indent: int | None, tmp_path: Path) -> None:
    spec = {"hosts": ["echo"], "http": [{"mirror": {"host": "next"}, "route": [{"destination": {"host": "echo"}}]}]}
    item = {
        "apiVersion": "networking.istio.io/v1",
        "kind": "VirtualService",
        "metadata": {"name": "echo"},
        "spec": spec,
    }
    whole = {"apiVersion": "v1", "kind": "List", "items": [{"kind": "Secret", "apiVersion": "v1"}, None, "x", item]}
    (tmp_path / "list.json").write_text(json.dumps(whole, indent=indent))
    done = proxyless("lint", "list.json", cwd=tmp_path)
    lines = json.dumps(whole, indent=indent).splitlines()
    at = next(number for number, line in enumerate(lines, 1) if '"mirror"' in line)
    column = lines[at - 1].index('"mirror"') + 1
    assert f"list.json:{at}:{column}  warning PX502" in done.stdout
    assert "VirtualService default/echo" in done.stdout


def test_anchors_and_merge_keys_are_read_as_kubectl_does(tmp_path: Path) -> None:
    text = MIRROR.replace("  - route:", "  - &one\n    route:") + "  - <<: *one\n    name: two\n"
    (tmp_path / "x.yaml").write_text(text)
    done = proxyless("lint", "--format", "json", "x.yaml", cwd=tmp_path)
    paths = [item["path"] for item in json.loads(done.stdout)["findings"] if item["code"] == "PX502"]
    assert paths == ["spec.http[0].mirror", "spec.http[1].mirror"]


def test_words_of_yaml_1_1_are_read_as_kubectl_does(tmp_path: Path) -> None:
    """``on`` is true and ``010`` is eight, wherever a rule shows the value."""
    rule = """\
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: echo, namespace: shop}
spec:
  host: echo
  trafficPolicy:
    connectionPool: {http: {h2UpgradePolicy: on, http2MaxRequests: 010}}
"""
    (tmp_path / "x.yaml").write_text(rule)
    values = {
        item["path"].rpartition(".")[2]: item["value"]
        for item in json.loads(proxyless("lint", "--format", "json", "x.yaml", cwd=tmp_path).stdout)["findings"]
    }
    assert values["h2UpgradePolicy"] == "true"
    assert values["http2MaxRequests"] == "8"


def test_a_document_of_five_megabytes_is_checked_to_its_end(tmp_path: Path) -> None:
    route = """\
  - match:
    - uri: {prefix: /echo.Echo/Method%d}
    route:
    - destination: {host: echo, port: {number: 7070}}
"""
    head = MIRROR[: MIRROR.index("  - route")]
    count = 5 * 1024 * 1024 // len(route)
    routes = "".join(route % number for number in range(count))
    (tmp_path / "big.yaml").write_text(head + routes + MIRROR[MIRROR.index("  - route") :])
    assert (tmp_path / "big.yaml").stat().st_size > 5 * 1024 * 1024
    done = proxyless("lint", "big.yaml", cwd=tmp_path)
    assert f"big.yaml:{AT + 4 * count}:5  warning PX502" in done.stdout
    assert f"spec.http[{count}].mirror" in done.stdout


def test_values_of_wrong_types_are_named_and_leave_the_rest_to_the_rules(tmp_path: Path) -> None:
    wrong = MIRROR.replace("hosts: [echo]", "hosts: [echo]\n  tcp: {route: x}").replace("name: echo", "name: wrong")
    (tmp_path / "x.yaml").write_text(wrong + "---\n" + MIRROR)
    done = proxyless("lint", "x.yaml", cwd=tmp_path)
    assert done.returncode == 1
    assert "x.yaml:6:3  error PX290 wrong-type" in done.stdout
    assert "x.yaml:9:5  warning PX502" in done.stdout
    assert "also: x.yaml:18:5  VirtualService shop/echo  spec.http[0].mirror" in done.stdout
    assert "Traceback" not in done.stderr


PERMISSIVE = """\
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: default, namespace: shop}
spec: {mtls: {mode: %s}}
"""


def test_copies_of_clusters_are_each_judged(tmp_path: Path) -> None:
    for cluster, mode in (("east", "PERMISSIVE"), ("west", "STRICT")):
        (tmp_path / cluster).mkdir()
        (tmp_path / cluster / "mtls.yaml").write_text(PERMISSIVE % mode)
    for arguments in (["."], ["--per-folder", "."]):
        done = proxyless("lint", "--assume-proxyless", *arguments, cwd=tmp_path)
        assert done.returncode == 1
        assert "east/mtls.yaml:4:15  warning PX301" in done.stdout
        assert "judged as 2 meshes" in done.stderr
    told = json.loads(proxyless("lint", "--assume-proxyless", "--format", "json", ".", cwd=tmp_path).stdout)
    assert (told["summary"]["meshes"], told["summary"]["copies"], told["summary"]["warnings"]) == (2, 1, 1)
    run = json.loads(proxyless("lint", "--assume-proxyless", "--format", "sarif", ".", cwd=tmp_path).stdout)["runs"][0]
    told = [item["message"]["text"] for item in run["invocations"][0]["toolExecutionNotifications"]]
    assert any("PeerAuthentication shop/default is given twice" in text for text in told)


def test_what_folders_of_repositories_hold_is_no_error(tmp_path: Path) -> None:
    files = {
        "good.yaml": MIRROR,
        "chart/Chart.yaml": "apiVersion: v2\nname: x\n",
        "chart/templates/a.yaml": "a: {{ .b }}\n",
        "loose.yaml": "kind: {{ .Values.kind }}\n",
        "values.yaml": "a: 1\n",
        "lines.json": '{"a": 1}\n{"a": 2}\n',
        "old/x.yaml": MIRROR,
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    done = proxyless("lint", "--exclude", "old/", ".", cwd=tmp_path)
    assert done.returncode == 1
    assert "Input: left out 1 Helm chart, 1 template, 3 foreign documents, 1 ignored place." in done.stderr
    assert "error:" not in done.stderr
    told = json.loads(proxyless("lint", "--exclude", "old/", "--format", "json", ".", cwd=tmp_path).stdout)["summary"]
    assert told["left_out"] == {"charts": 1, "kustomizations": 0, "templates": 1, "foreign": 3, "excluded": 1}
