"""Webhook configurations say what the code serves: paths, resources, names, and what they never touch."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from proxyless.lint.rules import ALL
from proxyless.model.kinds import INNER, KINDS
from proxyless.model.resource import WORKLOADS
from proxyless.webhook.rotation import CertificateObjects
from proxyless.webhook.server import ROUTES

BASE = Path(__file__).resolve().parents[2] / "manifests" / "base"
SYSTEM = {"kube-system", "kube-public", "kube-node-lease", "proxyless-system"}


def _configuration(name: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((BASE / name).read_text())
    return found


INJECTOR, VALIDATOR = _configuration("injector.yaml"), _configuration("validator.yaml")
HOOKS = [(hook["name"], hook) for configuration in (INJECTOR, VALIDATOR) for hook in configuration["webhooks"]]


def _asked(hook: dict[str, Any]) -> set[tuple[str, str, str]]:
    return {
        (group, version, resource)
        for rule in hook["rules"]
        for group in rule["apiGroups"]
        for version in rule["apiVersions"]
        for resource in rule["resources"]
    }


VALIDATED = {name for name, kind in KINDS.items() if kind.validated}


def test_the_validating_webhooks_ask_about_what_the_handlers_serve() -> None:
    hooks = {hook["name"].split(".")[0]: _asked(hook) for hook in VALIDATOR["webhooks"]}
    asked: dict[bool, set[tuple[str, str, str]]] = {True: set(), False: set()}
    for kind in VALIDATED:
        asked[KINDS[kind].namespaced].add((KINDS[kind].group, KINDS[kind].version, KINDS[kind].plural))
    assert hooks["cluster"] == asked[False]
    assert hooks["strict"] == hooks["warn"] == asked[True]


def test_every_kind_that_a_rule_starts_from_is_validated_or_judged_elsewhere() -> None:
    elsewhere = {*WORKLOADS, "Namespace", "ConfigMap", *INNER}
    assert {kind for rule in ALL for kind in rule.kinds} - elsewhere <= VALIDATED


def test_the_mutating_webhooks_ask_about_new_pods_alone() -> None:
    for hook in INJECTOR["webhooks"]:
        assert _asked(hook) == {("", "v1", "pods")}
        assert [rule["operations"] for rule in hook["rules"]] == [["CREATE"]]


def test_ours_is_called_before_istios_and_is_no_prey_of_istiod() -> None:
    assert INJECTOR["metadata"]["name"] < "istio-"
    assert "istio.io/rev" not in INJECTOR["metadata"].get("labels", {})


def test_names_are_those_that_a_replica_keeps_trusted() -> None:
    assert (INJECTOR["metadata"]["name"],) == CertificateObjects().mutating
    assert (VALIDATOR["metadata"]["name"],) == CertificateObjects().validating


@pytest.mark.parametrize(("name", "hook"), HOOKS)
def test_each_webhook_is_bounded_harmless_and_served(name: str, hook: dict[str, Any]) -> None:
    assert hook["failurePolicy"] == "Ignore"
    assert hook["sideEffects"] == "None"
    assert 3 <= hook["timeoutSeconds"] <= 5
    assert hook["matchPolicy"] == "Equivalent"
    assert hook["admissionReviewVersions"] == ["v1"]
    assert "caBundle" not in hook["clientConfig"]
    assert hook["clientConfig"]["service"]["path"] in ROUTES
    assert hook.get("reinvocationPolicy", "Never") == "Never"
    if name != "cluster.validate.proxyless.dev":
        selectors = {
            (item["key"], item["operator"]): set(item["values"])
            for item in hook["namespaceSelector"]["matchExpressions"]
        }
        assert selectors["kubernetes.io/metadata.name", "NotIn"] == SYSTEM


def test_each_namespace_is_of_exactly_one_injecting_and_one_validating_webhook() -> None:
    for configuration in (INJECTOR, VALIDATOR):
        for value in ("enabled", "policy", "strict", "warn", "nonsense", None):
            labels = {"proxyless.dev/injection": value, "proxyless.dev/enforcement": value} if value else {}
            called = [
                hook["name"]
                for hook in configuration["webhooks"]
                if "namespaceSelector" in hook and _selects(hook, labels)
            ]
            assert len(called) == 1, (value, called)


def _selects(hook: dict[str, Any], labels: dict[str, str]) -> bool:
    return all(
        (labels.get(item["key"]) in item["values"]) == (item["operator"] == "In")
        for item in hook["namespaceSelector"]["matchExpressions"]
    )
