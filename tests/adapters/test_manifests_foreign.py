"""What ``adapters.manifests`` reads that is not for us to judge: templates, foreign YAML, other kinds."""

import pytest

from proxyless.adapters.manifests import read_text

HEAD = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"
VS = "apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: %s}\n"


def test_template_is_told_once_per_file() -> None:
    text = f"{{{{- if .Values.x }}}}\n{VS % '{{ .Release.Name }}'}---\n{VS % '{{ .Chart.Name }}'}"
    [problem] = read_text(text, "f").problems
    assert "helm template" in problem.message
    assert problem.line == 1


def test_braces_inside_strings_are_no_template() -> None:
    found = read_text(HEAD + "data: {a: '{{ $labels.pod }}'}", "f")
    assert not found.problems


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("- a\n", "expected a mapping"),
        ("just text", "expected a mapping"),
        ("a: 1", "expected apiVersion"),
        ("apiVersion: v1", "expected kind"),
        ("apiVersion: 1\nkind: Service", "expected apiVersion"),
        ("kind: Service", "expected apiVersion"),
    ],
)
def test_what_is_no_kubernetes_object(text: str, said: str) -> None:
    [problem] = read_text(text, "f").problems
    assert said in problem.message
    assert problem.line == 1


def test_foreign_yaml_is_ignored_where_it_was_not_named() -> None:
    found = read_text("a: 1\n---\nimage: {tag: x}\n---\n- b\n", "f", strict=False)
    assert (found.problems, found.ignored, found.total) == ((), 3, 3)
    assert not read_text("apiVersion: v2\nname: a-chart\n", "f", strict=False).problems
    assert read_text("apiVersion: v1\nmetadata: {name: a}\n", "f", strict=False).problems, "meant to be an object"
    assert read_text("apiVersion: v1\nkind: [\n", "f", strict=False).problems, "meant to be an object"


def test_templates_that_were_not_named_are_counted() -> None:
    found = read_text(f"{VS % '{{ .Release.Name }}'}---\n{VS % '{{ .Chart.Name }}'}---\n{VS % 'a'}", "f", strict=False)
    assert (found.problems, found.templates, found.total, len(found.resources)) == ((), 2, 3, 1)


def test_kinds_that_are_not_ours_are_counted() -> None:
    found = read_text("apiVersion: batch/v2\nkind: Thing\n---\napiVersion: v1\nkind: Secret\n", "f")
    assert (found.resources, found.problems, found.ignored, found.total) == ((), (), 2, 2)
