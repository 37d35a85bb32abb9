"""Text to resources: as kubectl reads it, a problem for what cannot be read, and never an exception."""

import json
import subprocess
import time

import pytest

from lab.parts import binary
from proxyless.adapters.manifests import Manifests, read_text
from proxyless.yamltext import dialect
from yamltext.yaml_samples import READ, REFUSED

HEAD = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"
VS = "apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: %s}\n"


def fields(body: dict[str, object]) -> dict[str, object]:
    return {key: value for key, value in body.items() if key not in ("apiVersion", "kind", "metadata")}


def problems(found: Manifests) -> list[str]:
    return [str(problem) for problem in found.problems]


@pytest.mark.parametrize("snippet", READ)
def test_reads_as_kubectl_does(snippet: str) -> None:
    found = read_text(HEAD + snippet, "f")
    assert not found.problems
    read = fields(found.resources[0].body)
    assert read == READ[snippet]
    assert json.dumps(read, sort_keys=True) == json.dumps(READ[snippet], sort_keys=True)  # 1 is not True, nor 1.0


@pytest.mark.parametrize("snippet", REFUSED)
def test_refuses_what_kubectl_refuses(snippet: str) -> None:
    found = read_text(HEAD + snippet, "f")
    assert len(found.problems) == 1
    assert found.problems[0].line >= 1
    assert len(found.problems[0].message) > 20


@pytest.mark.cluster
def test_table_is_what_kubectl_does() -> None:
    kubectl = [str(binary("kubectl")), "annotate", "--local", "-f", "-", "-o", "json", "x=y"]
    stream = "\n---\n".join(HEAD + snippet for snippet in READ)
    done = subprocess.run(kubectl, input=stream.encode(), capture_output=True, check=True)
    decoder, text, read = json.JSONDecoder(), done.stdout.decode().strip(), []
    while text:
        value, end = decoder.raw_decode(text)
        read.append(fields(value))
        text = text[end:].strip()
    assert dict(zip(READ, _floats(read), strict=True)) == READ
    for snippet in REFUSED:
        refused = subprocess.run(kubectl, input=(HEAD + snippet).encode(), capture_output=True, check=False)
        assert refused.returncode, f"kubectl reads {snippet!r}"


def _floats(read: list[dict[str, object]]) -> list[dict[str, object]]:
    """Go prints large floats without a point; they are floats nevertheless."""
    text = json.dumps(read)
    return list(json.loads(text, parse_int=lambda digits: int(digits) if abs(int(digits)) < 1 << 63 else float(digits)))


def test_fast_parser_alone_would_read_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    """The scan for tokens is what makes the table hold."""

    monkeypatch.setattr(dialect, "fits_fast_parser", lambda _: True)
    assert fields(read_text(HEAD + "a: yes", "f").resources[0].body) == {"a": "yes"}


def test_lines_that_were_fine_do_not_hide_others() -> None:
    scan = dialect.Dialect()
    assert scan.fits("a: b\nc: d")
    assert not scan.fits("a: b\nc: yes")
    assert not scan.fits("c: yes")
    assert scan.fits("c: d")


def test_one_doubtful_document_leaves_the_others_to_the_fast_parser() -> None:
    text = "---\n".join(HEAD + f"a: {value}\n" for value in ("yes", "word", "010"))
    assert [fields(item.body) for item in read_text(text, "f").resources] == [{"a": True}, {"a": "word"}, {"a": 8}]


def test_documents_are_numbered_with_their_lines() -> None:
    text = f"# only a comment\n---\n{VS % 'a'}---\n---  # empty\n\n{VS % 'b'}--- \n# end\n"
    found = read_text(text, "x.yaml")
    assert [(item.name, item.origin and item.origin[:4]) for item in found.resources] == [
        ("a", ("x.yaml", 3, 1, -1)),
        ("b", ("x.yaml", 8, 3, -1)),
    ]
    assert (found.total, found.ignored, found.problems) == (2, 0, ())


@pytest.mark.parametrize("text", ["", "\n", "---", "---\n---\n", "# x", "\ufeff", "\ufeff---\n", " \t\n"])
def test_nothing_is_no_problem(text: str) -> None:
    assert read_text(text, "f") == Manifests()


def test_carriage_returns_and_byte_order_mark() -> None:
    text = "\ufeff" + (VS % "a" + "---\n" + VS % "b").replace("\n", "\r\n")
    found = read_text(text, "f")
    assert [(item.name, item.origin.line) for item in found.resources if item.origin] == [("a", 1), ("b", 5)]


def test_unreadable_document_leaves_the_others() -> None:
    found = read_text(f"{VS % 'a'}---\nkind: [\n---\n{VS % 'b'}", "f")
    assert [item.name for item in found.resources] == ["a", "b"]
    assert [(problem.line, problem.column) for problem in found.problems] == [(6, 1)]
    assert found.total == 3


def test_text_behind_the_separator() -> None:
    found = read_text(f"{VS % 'a'}--- {{a: b}}\n---\n{VS % 'b'}", "f")
    assert [item.name for item in found.resources] == ["a", "b"]
    assert problems(found) == ["f:4:1: kubectl wants '---' alone on its line; move the text behind it to the next"]


def test_text_after_the_end_of_a_document() -> None:
    [problem] = problems(read_text(f"{VS % 'a'}...\nspec: {{}}\n", "f"))
    assert "kubectl reads nothing after a document's end" in problem
    assert problem.startswith("f:5:")


def test_key_written_twice_is_told_and_the_last_counts() -> None:
    found = read_text(HEAD + "data:\n  a: 1\n  b: 2\n  a: 3\n", "f")
    assert fields(found.resources[0].body) == {"data": {"a": 3, "b": 2}}
    [remark] = found.remarks
    assert str(remark).startswith("f:7:3: the key 'a' is written twice, first 2 lines above")
    assert (found.total, found.problems) == (1, ())


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ('{%s, "data": {"a": 1,\n "a": 2}}', ["f:2:2"]),
        ('\n{%s, "data": {"a": 1}}\n{%s, "data": {}, "data": {"a": {"b" : 1, "b": 2}}}', ["f:3:82", "f:3:106"]),
        ('{%s, "data": {"a": "\\ud83d\\ude00", "a": 2}}', ["f:1:1"]),
        ('{%s, "data": {"a": "\\"b\\": c", "b": "x\\\\"}}', []),
        ('{%s, "data": {"a\\\\": 1, "b": 2}}', []),
    ],
)
def test_json_key_written_twice_is_told(text: str, places: list[str]) -> None:
    head = '"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x"}'
    found = read_text(text.replace("%s", head), "f")
    assert found.problems == ()
    assert [str(remark).partition(": ")[0] for remark in found.remarks] == places
    assert all("is written twice" in remark.message for remark in found.remarks)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("metadata: foo", "expected metadata with a mapping"),
        ("spec: {}", "expected metadata with a mapping"),
        ("metadata: {}", "expected metadata.name with a text"),
        ("metadata: {name: 5}", "expected metadata.name with a text"),
        ("metadata: {name: a, namespace: 5}", "expected metadata.name with a text"),
    ],
)
def test_object_that_kubectl_cannot_name(text: str, said: str) -> None:
    found = read_text(f"apiVersion: v1\nkind: Service\n{text}\n", "f", strict=False)
    assert (found.resources, found.total) == ((), 1)
    [problem] = found.problems
    assert said in problem.message


def test_generated_name_is_one() -> None:
    assert not read_text("apiVersion: v1\nkind: Pod\nmetadata: {generateName: a-}\n", "f").problems


def test_list_inside_a_list_is_told() -> None:
    inner = {"apiVersion": "v1", "kind": "ServiceList", "items": [{"metadata": {"name": "a"}}]}
    found = read_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": [inner]}), "f")
    [problem] = problems(found)
    assert "not a Kubernetes object (item 0 of the list): kubectl reads no list inside a list" in problem


def test_lists_give_their_items() -> None:
    item = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "b"}}
    lists = [
        {"apiVersion": "v1", "kind": "List", "items": [item, item, 1]},
        {"apiVersion": "v1", "kind": "ServiceList", "items": [{"metadata": {"name": "c", "namespace": "n"}}]},
    ]
    for text in ("\n---\n".join(map(json.dumps, lists)), "\n".join(map(json.dumps, lists))):
        found = read_text(text, "f", default_namespace="shop")
        assert [(str(item.ref), item.origin.item) for item in found.resources if item.origin] == [
            ("Service shop/b", 0),
            ("Service shop/b", 1),
            ("Service n/c", 0),
        ]
        assert "not a Kubernetes object (item 2 of the list)" in problems(found)[0]


def test_json_values_one_after_another() -> None:
    one = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "a"}, "x": [1.0, 1e3, 0.5, 1 << 70, -7]}
    text = f"\n{json.dumps(one, indent=1)}\n{json.dumps(one)}"
    found = read_text(text, "f")
    assert [item.origin and item.origin[:4] for item in found.resources] == [("f", 2, 0, -1), ("f", 16, 1, -1)]
    assert json.dumps(found.resources[0].body["x"]) == "[1, 1000, 0.5, 1.1805916207174113e+21, -7]"


@pytest.mark.parametrize("text", ['{"a": NaN}', '{"a": 1', '{"a": "\\q"}', "{a: [}"])
def test_broken_json_is_a_problem(text: str) -> None:
    assert len(read_text(text, "f").problems) == 1


@pytest.mark.parametrize(
    "text",
    [
        HEAD + "a: " + "[" * 300 + "]" * 300,
        HEAD + "a: " + "[" * 100_000,
        HEAD + "a: " + "{a: " * 300 + "}" * 300,
        HEAD + "a:\n" + "".join(" " * depth + "a:\n" for depth in range(1, 400)),
        HEAD + "a:\n" + "- " * 5000 + "x",
        '{"apiVersion": "v1", "kind": "ConfigMap", "a": ' + "[" * 300 + "]" * 300 + "}",
        '{"a": ' + "[" * 100_000 + "]" * 100_000 + "}",
    ],
    ids=["list", "open", "mapping", "block", "compact", "json", "deep-json"],
)
def test_deep_nesting_is_a_problem(text: str) -> None:
    found = read_text(text, "f")
    assert len(found.problems) == 1
    assert not found.resources


def test_nesting_as_deep_as_any_real_object_is_read() -> None:
    assert not read_text(HEAD + "a: " + "[" * 100 + "]" * 100, "f").problems
    assert not read_text(HEAD + "a: " + "[" * 100 + "yes" + "]" * 100, "f").problems


def test_alias_bomb_is_a_problem_and_cheap() -> None:
    bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 12)
    )
    start = time.monotonic()
    [problem] = problems(read_text(HEAD + bomb, "f"))
    assert "aliases expand" in problem
    assert time.monotonic() - start < 2
    few = "a: &a [x, y]\n" + "".join(f"b{n}: *a\n" for n in range(1000))
    assert not read_text(HEAD + few, "f").problems


def test_alias_chain_cannot_nest_without_bound() -> None:
    chain = "a0: &a0 {x: 1}\n" + "".join(f"a{n}: &a{n} {{x: *a{n - 1}}}\n" for n in range(1, 1000))
    [problem] = problems(read_text(HEAD + chain, "f"))
    assert "nested deeper" in problem


TEMPLATED = """\
apiVersion: example.org/v1
kind: Fleet
metadata: {name: web, namespace: shop}
spec:
  %s
"""


@pytest.mark.parametrize(
    ("spec", "told"),
    [
        ("template: {metadata: {annotations: {inject.istio.io/templates: grpc-agent}}, spec: {}}", "spec.template"),
        ('podTemplate: {metadata: {labels: {proxyless.dev/inject: "true"}}}', "spec.podTemplate"),
        ("jobTemplate: {spec: {template: {metadata: {annotations: {inject.istio.io/templates: corp}}}}}", ""),
        (
            'jobTemplate: {spec: {template: {metadata: {annotations: {proxyless.dev/inject: "true"}}}}}',
            "spec.jobTemplate",
        ),
        ("template: {metadata: {annotations: {inject.istio.io/templates: sidecar}}}", ""),
        (
            "jobs: [{name: a, template: {spec: {template: {metadata: {annotations: {inject.istio.io/templates: grpc-agent}}}}}}]",
            "spec.jobs[0].template",
        ),
        (
            "leaderTemplate: {workerTemplate: {metadata: {annotations: {inject.istio.io/templates: grpc-agent}}}}",
            "spec.leaderTemplate.workerTemplate",
        ),
        ("a: {b: {c: {d: {template: {metadata: {annotations: {inject.istio.io/templates: grpc-agent}}}}}}}", ""),
        ("template: text", ""),
        ("names: {kind: Pod}", ""),
    ],
)
def test_a_kind_that_is_not_judged_is_told_of_where_its_pods_ask_for_the_agent(spec: str, told: str) -> None:
    found = read_text(TEMPLATED % spec, "f")
    assert (list(found.resources), problems(found), found.ignored) == ([], [], 1)
    if told:
        [remark] = found.remarks
        assert f"Fleet shop/web asks for the agent in {told}, and example.org/v1 Fleet is no kind" in str(remark)
    else:
        assert list(found.remarks) == []
