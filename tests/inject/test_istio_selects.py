"""Whom Istio's injector selects: our reading against the selectors of the webhooks that istioctl renders."""

import itertools
from typing import Any

import pytest

from lab.istio_install import render
from proxyless.inject.settings import InjectionSettings
from proxyless.mesh.pod.istio_injector import bringing, foreign_revision, istio_selects, reach

INJECTION = (None, "enabled", "disabled", "")
REVISIONS = (None, "default", "canary", "stable", "")
INJECT = (None, "true", "false", "maybe", "")
NAMES = ("shop", "kube-system", "local-path-storage")


def _labels(**values: str | None) -> dict[str, str]:
    names = {"injection": "istio-injection", "rev": "istio.io/rev", "inject": "sidecar.istio.io/inject"}
    return {names[key]: value for key, value in values.items() if value is not None}


WORLD = [
    (
        {**_labels(injection=injection, rev=revision), "kubernetes.io/metadata.name": name},
        _labels(inject=inject, rev=own),
    )
    for injection, revision, inject, own, name in itertools.product(INJECTION, REVISIONS, INJECT, REVISIONS, NAMES)
]
"""Every combination of the labels that decide: 1,500 pods."""


def _matches(selector: dict[str, Any], labels: dict[str, str]) -> bool:
    """A label selector as the API server evaluates it."""
    for wanted in selector["matchExpressions"]:
        value, values = labels.get(wanted["key"]), wanted.get("values", [])
        holds = {
            "In": value is not None and value in values,
            "NotIn": value is None or value not in values,
            "Exists": value is not None,
            "DoesNotExist": value is None,
        }
        if not holds[wanted["operator"]]:
            return False
    return not selector.get("matchLabels")


@pytest.mark.cluster("istioctl")
@pytest.mark.parametrize(
    ("revision", "by_default", "settings"),
    [
        ("default", False, []),
        ("canary", False, ["revision=canary"]),
        ("default", True, ["values.sidecarInjectorWebhook.enableNamespacesByDefault=true"]),
        ("canary", True, ["revision=canary", "values.sidecarInjectorWebhook.enableNamespacesByDefault=true"]),
    ],
)
def test_selects_as_the_webhooks_do(revision: str, by_default: bool, settings: list[str]) -> None:
    hooks = [
        hook
        for item in render(settings)
        if item["kind"] == "MutatingWebhookConfiguration"
        and item["metadata"]["name"].startswith("istio-sidecar-injector")
        for hook in item["webhooks"]
    ]
    assert len(hooks) >= 2
    counted = 0
    for namespace, pod in WORLD:
        wanted = any(
            _matches(hook["namespaceSelector"], namespace) and _matches(hook["objectSelector"], pod) for hook in hooks
        )
        assert istio_selects(namespace, pod, revision, by_default) is wanted, (namespace, pod)
        counted += wanted
    assert 0 < counted < len(WORLD)


def test_the_empty_revision_is_the_default_one() -> None:
    for namespace, pod in WORLD:
        assert istio_selects(namespace, pod, "") is istio_selects(namespace, pod, "default")


@pytest.mark.parametrize("revision", ["default", "canary"])
def test_labels_that_we_set_bring_the_injector(revision: str) -> None:
    settings = InjectionSettings(revision=revision)
    seen = set()
    for namespace, pod in WORLD:
        found = reach(namespace, pod, {}, settings)
        seen.add(found)
        if found == "by label":
            assert istio_selects(namespace, {**pod, **bringing(settings)}, revision)
            assert pod.get("sidecar.istio.io/inject") != "false"
        elif found == "already":
            assert istio_selects(namespace, pod, revision)
    assert seen == {"already", "by label", "not at all"}


def test_annotation_false_lets_down_unless_a_label_says_otherwise() -> None:
    enabled, annotation = {"istio-injection": "enabled"}, {"sidecar.istio.io/inject": "false"}
    assert reach(enabled, {}, annotation, InjectionSettings()) == "by label"
    assert reach(enabled, {"sidecar.istio.io/inject": "true"}, annotation, InjectionSettings()) == "already"


def test_without_an_injector_nothing_is_reached() -> None:
    settings = InjectionSettings(istio_injector=False)
    assert reach({"istio-injection": "enabled"}, {}, {}, settings) == "not at all"
    assert foreign_revision({"istio.io/rev": "stable"}, {}, settings) is None


@pytest.mark.parametrize(
    ("namespace", "pod", "foreign"),
    [
        ({"istio.io/rev": "stable"}, {}, "stable"),
        ({}, {"istio.io/rev": "stable"}, "stable"),
        ({"istio.io/rev": "canary"}, {}, None),
        ({"istio.io/rev": "prod"}, {}, None),
        ({"istio.io/rev": "stable", "istio-injection": "disabled"}, {}, None),
        ({"istio.io/rev": "stable"}, {"sidecar.istio.io/inject": "false"}, None),
        ({}, {}, None),
    ],
)
def test_foreign_revision(namespace: dict[str, str], pod: dict[str, str], foreign: str | None) -> None:
    settings = InjectionSettings(revision="canary", revision_tags=("prod",))
    assert foreign_revision(namespace, pod, settings) == foreign
