"""Pods that are none: each gets a reason that names the field, and a warning."""

from typing import Any

import pytest

from proxyless.inject.own.probes import status_port
from proxyless.inject.pod import inject
from proxyless.inject.settings import InjectionSettings
from proxyless.mesh.pod.decision import Skip
from proxyless.mesh.pod.surroundings import Namespace

FINE = {"name": "cart"}


@pytest.mark.parametrize(
    ("pod", "named"),
    [
        (None, "the pod is missing or null, a mapping was expected"),
        ("pod", "the pod is text, a mapping was expected"),
        ({}, "spec is missing or null, a pod's has containers"),
        ({"spec": 5}, "spec is a number, a pod's has containers"),
        ({"spec": []}, "spec is a list, a pod's has containers"),
        ({"spec": {}}, "spec.containers is empty"),
        ({"spec": {"containers": None}}, "spec.containers is empty"),
        ({"spec": {"containers": {}}}, "spec.containers is a mapping, a list was expected"),
        ({"spec": {"containers": [None]}}, "spec.containers[0] is missing or null, a mapping was expected"),
        ({"spec": {"containers": [{}]}}, "spec.containers[0].name is missing or null, text was expected"),
        ({"spec": {"containers": [FINE, {"name": 1}]}}, "spec.containers[1].name is a number, text was expected"),
        ({"spec": {"containers": [{**FINE, "env": "A=b"}]}}, "spec.containers[0].env is text, a list was expected"),
        (
            {"spec": {"containers": [{**FINE, "env": [{"name": "A", "value": 1}]}]}},
            "spec.containers[0].env[0].value is a number, text was expected; put it in quotes",
        ),
        (
            {"spec": {"containers": [{**FINE, "args": "-v"}]}},
            "spec.containers[0].args is text, a list of text was expected",
        ),
        (
            {"spec": {"containers": [{**FINE, "volumeMounts": [{"name": "a"}]}]}},
            "spec.containers[0].volumeMounts[0].mountPath is missing or null, text was expected",
        ),
        (
            {"spec": {"containers": [FINE], "initContainers": [{}]}},
            "spec.initContainers[0].name is missing or null, text was expected",
        ),
        (
            {"spec": {"containers": [FINE], "volumes": [{}]}},
            "spec.volumes[0].name is missing or null, text was expected",
        ),
        ({"metadata": [], "spec": {"containers": [FINE]}}, "metadata is a list, a mapping was expected"),
        (
            {"metadata": {"annotations": {"a.b/c": True}}, "spec": {"containers": [FINE]}},
            "metadata.annotations['a.b/c'] is a boolean, text was expected; put it in quotes",
        ),
        (
            {"metadata": {"labels": {1: "a"}}, "spec": {"containers": [FINE]}},
            "metadata.labels has the key 1, which is no text; put it in quotes",
        ),
    ],
)
def test_reason_names_the_field(pod: Any, named: str) -> None:
    made = inject(pod, Namespace("shop"), InjectionSettings())
    assert made.decision == Skip(f"not a pod that can be injected: {named}", "malformed", asked=True)
    assert made.operations == []
    assert made.warnings == (f"no agent: not a pod that can be injected: {named}",)


@pytest.mark.parametrize(
    ("said", "config", "port", "remarked"),
    [
        (None, {}, 15020, False),
        (None, None, 15020, False),
        (None, {"statusPort": 15099}, 15099, False),
        (None, {"statusPort": "15099"}, 15020, False),
        (None, {"statusPort": True}, 15020, False),
        (None, {"statusPort": -1}, 15020, False),
        ("15088", {"statusPort": 15099}, 15088, False),
        ("0", {}, 0, False),
        ("65536", {}, 15020, True),
        ("-1", {}, 15020, True),
        ("\u00b2", {}, 15020, True),
    ],
)
def test_status_port(said: str | None, config: dict[str, Any] | None, port: int, remarked: bool) -> None:
    found, remark = status_port(said, config, InjectionSettings())
    assert found == port
    assert bool(remark) is remarked
