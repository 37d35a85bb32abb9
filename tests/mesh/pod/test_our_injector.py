"""Which pods reach our injector: our reading against the selectors and conditions of the manifest."""

import itertools
from pathlib import Path
from typing import Any

import yaml

from proxyless.mesh.pod import keys
from proxyless.mesh.pod.our_injector import reaches_us
from proxyless.mesh.pod.pod import Pod
from proxyless.mesh.pod.surroundings import Namespace

MANIFEST = Path(__file__).parents[3] / "manifests" / "base" / "injector.yaml"
WORDS = (None, "true", "false", "maybe", "")
DELEGATED = '{"mode":"delegate","xds":"agent"}'
PREPARED = ((None, "auto"), (DELEGATED, "auto"), (DELEGATED, "proxyv2"), ('{"mode":"own"}', "auto"))
"""Our mark, and the image of the agent's container."""
CONDITIONS = {
    "not-prepared": lambda _said, _named, prepared: not prepared,
    "not-opted-out": lambda said, _named, _prepared: said != "false",
    "asks-for-the-agent": lambda said, named, _: (
        said == "true" or "grpc-agent" in [name.strip() for name in named.split(",")]
    ),
}
"""What the conditions of the manifest say, by their names; their texts are compared below."""
TEXTS = {
    "not-prepared": "!object.metadata.?annotations[?'proxyless.dev/injected'].orValue('').contains('\"mode\":\"delegate\"')"
    " || !object.spec.containers.exists(one, one.name == 'istio-proxy' && one.image == 'auto')",
    "not-opted-out": "object.metadata.?labels[?'proxyless.dev/inject'] .or(object.metadata.?annotations[?'proxyless.dev/inject'])"
    ".orValue('') != 'false'",
    "asks-for-the-agent": "object.metadata.?labels[?'proxyless.dev/inject'] .or(object.metadata.?annotations[?'proxyless.dev/inject'])"
    ".orValue('') == 'true' || object.metadata.?annotations[?'inject.istio.io/templates'].orValue('').split(',')"
    ".exists(name, name.trim() == 'grpc-agent')",
}


def _selected(webhook: dict[str, Any], labels: dict[str, str]) -> bool:
    for wanted in webhook["namespaceSelector"]["matchExpressions"]:
        inside = labels.get(wanted["key"]) in wanted["values"]
        if inside is (wanted["operator"] == "NotIn"):
            return False
    return True


def test_the_manifest_selects_what_the_reading_says() -> None:
    webhooks = yaml.safe_load(MANIFEST.read_text())["webhooks"]
    for item in webhooks:
        for condition in item.get("matchConditions", ()):
            assert condition["expression"].strip() == TEXTS[condition["name"]]
    names = ("shop", "kube-system", "proxyless-system", "local-path-storage")
    templates = (None, "grpc-agent", "sidecar, grpc-agent", "grpc-simple")
    for name, by, label, annotation, named, (mark, agent) in itertools.product(
        names, (None, "enabled", "policy", "disabled"), WORDS, WORDS, templates, PREPARED
    ):
        around = {"kubernetes.io/metadata.name": name, **({keys.INJECTION: by} if by is not None else {})}
        labels = {keys.INJECT: label} if label is not None else {}
        annotations = {
            key: text
            for key, text in ((keys.INJECT, annotation), (keys.TEMPLATES, named), (keys.MARK, mark))
            if text is not None
        }
        said = labels.get(keys.INJECT, annotations.get(keys.INJECT, ""))
        wanted = any(
            _selected(item, around)
            and all(
                CONDITIONS[condition["name"]](
                    said, annotations.get(keys.TEMPLATES, ""), mark == DELEGATED and agent == "auto"
                )
                for condition in item.get("matchConditions", ())
            )
            for item in webhooks
        )
        containers = [{"name": "app", "image": "auto"}, {"name": "istio-proxy", "image": agent}]
        pod = Pod({"metadata": {"labels": labels, "annotations": annotations}, "spec": {"containers": containers}})
        assert reaches_us(pod, Namespace(name, around)) is wanted, (name, by, label, annotation, named)
