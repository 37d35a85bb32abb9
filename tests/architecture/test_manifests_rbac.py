"""Rights in ``manifests/`` are those that the code asks for, no more and no less."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml

from proxyless.adapters.istio_text import MAPS
from proxyless.adapters.listing import kinds_for
from proxyless.controller.options import Options
from proxyless.controller.relevant import CONDITION_KINDS
from proxyless.controller.repair_decision import KINDS as RESTARTED
from proxyless.controller.self_check import needed
from proxyless.lint import rules
from proxyless.model.kinds import INNER, KINDS, OWN_KINDS
from proxyless.webhook.rotation import CertificateObjects

BASE = Path(__file__).resolve().parents[2] / "manifests" / "base"


def _documents(name: str) -> list[dict[str, Any]]:
    return list(yaml.safe_load_all((BASE / name).read_text()))


def _rights(name: str, kind: str) -> set[tuple[str, str, str, str]]:
    """Group, resource, verb and object name (empty: any) of all roles of a kind in a file."""
    return {
        (group, resource, verb, only)
        for document in _documents(name)
        if document["kind"] == kind
        for rule in document["rules"]
        for group in rule["apiGroups"]
        for resource in rule["resources"]
        for verb in rule["verbs"]
        for only in rule.get("resourceNames", [""])
    }


def _wanted(kinds: Iterable[str], *verbs: str, suffix: str = "") -> set[tuple[str, str, str, str]]:
    return {(KINDS[kind].group, KINDS[kind].plural + suffix, verb, "") for kind in kinds for verb in verbs}


def test_both_processes_may_read_what_rules_read_and_nothing_else() -> None:
    served = [kind for kind in kinds_for(rules.ALL) if kind not in INNER]
    wanted = _wanted(served, "list", "watch") | {("", "configmaps", "get", name) for name, _ in MAPS.values()}
    assert _rights("reader-rbac.yaml", "ClusterRole") == wanted
    bound = [item for item in _documents("reader-rbac.yaml") if item["kind"] == "ClusterRoleBinding"]
    assert [subject["name"] for item in bound for subject in item["subjects"]] == [
        "proxyless-operator",
        "proxyless-webhook",
    ]


def test_the_operator_writes_status_its_lease_and_events_alone() -> None:
    written = [kind for kind in kinds_for(rules.ALL) if kind in CONDITION_KINDS | OWN_KINDS]
    wanted = _wanted(written, "get") | _wanted(written, "patch", suffix="/status")
    wanted |= {("", "events", "create", ""), ("", "events", "patch", "")}
    for plural, name in Options(namespace="", identity="").configurations:
        wanted.add(("admissionregistration.k8s.io", plural, "get", name))
    assert _rights("operator-rbac.yaml", "ClusterRole") == wanted
    lease = Options(namespace="", identity="").lease
    assert _rights("operator-rbac.yaml", "Role") == {
        ("coordination.k8s.io", "leases", "create", ""),
        ("coordination.k8s.io", "leases", "get", lease),
        ("coordination.k8s.io", "leases", "update", lease),
    }


def test_the_webhook_writes_its_secret_its_configurations_and_events_alone() -> None:
    place = CertificateObjects()
    assert _rights("webhook-rbac.yaml", "Role") == {
        ("", "secrets", "create", ""),
        ("", "secrets", "get", place.secret),
        ("", "secrets", "patch", place.secret),
    }
    registration = "admissionregistration.k8s.io"
    assert _rights("webhook-rbac.yaml", "ClusterRole") == {
        *(
            (registration, "mutatingwebhookconfigurations", verb, name)
            for name in place.mutating
            for verb in ("get", "patch")
        ),
        *(
            (registration, "validatingwebhookconfigurations", verb, name)
            for name in place.validating
            for verb in ("get", "patch")
        ),
        (registration, "validatingadmissionpolicybindings", "list", ""),
        ("apiextensions.k8s.io", "customresourcedefinitions", "list", ""),
        ("apiextensions.k8s.io", "customresourcedefinitions", "watch", ""),
        ("", "events", "create", ""),
        ("", "events", "patch", ""),
    }


def test_what_the_operator_says_it_needs_is_what_it_is_given() -> None:
    given = _rights("operator-rbac.yaml", "ClusterRole") | _rights("reader-rbac.yaml", "ClusterRole")
    assert {(right.group, right.resource, right.verb, "") for right in needed()} <= given


def test_users_may_see_our_kinds_and_editors_write_policies() -> None:
    view, edit = _documents("user-rbac.yaml")
    for role, to in ((view, ("view", "edit", "admin")), (edit, ("edit", "admin"))):
        labels = {f"rbac.authorization.k8s.io/aggregate-to-{name}": "true" for name in to}
        assert role["metadata"]["labels"] == labels
    read = {("proxyless.dev", KINDS[kind].plural, verb, "") for kind in OWN_KINDS for verb in ("get", "list", "watch")}
    rights = _rights("user-rbac.yaml", "ClusterRole")
    assert read <= rights
    assert {resource for _, resource, _, _ in rights - read} == {"proxylesspolicies"}


def test_what_components_add_is_one_right_each() -> None:
    restore = _rights("../restore/restore-rbac.yaml", "ClusterRole")
    plurals = {plural for plural, _ in Options(namespace="", identity="").configurations}
    assert restore == {("admissionregistration.k8s.io", plural, "create", "") for plural in plurals}
    (role,) = [item for item in _documents("../monitoring/failed-open-rbac.yaml") if item["kind"] == "ClusterRole"]
    assert role["rules"] == [{"nonResourceURLs": ["/metrics"], "verbs": ["get"]}]


def test_restarts_take_a_right_of_their_own() -> None:
    folder = BASE.parent / "repair"
    component = yaml.safe_load((folder / "kustomization.yaml").read_text())
    assert (component["kind"], component["resources"]) == ("Component", ["repair-rbac.yaml"])
    role, binding = yaml.safe_load_all((folder / "repair-rbac.yaml").read_text())
    rights = {
        (group, resource, verb)
        for rule in role["rules"]
        for group in rule["apiGroups"]
        for resource in rule["resources"]
        for verb in rule["verbs"]
    }
    owners = {KINDS[kind].plural for kind in RESTARTED}
    assert rights == {
        *(("apps", plural, verb) for plural in owners for verb in ("get", "patch")),
        ("policy", "poddisruptionbudgets", "list"),
    }
    assert binding["roleRef"]["name"] == role["metadata"]["name"]
    assert [item["name"] for item in binding["subjects"]] == ["proxyless-operator"]


def test_no_role_has_a_wildcard() -> None:
    for file in BASE.glob("*-rbac.yaml"):
        for document in _documents(file.name):
            for rule in document.get("rules", []):
                assert "*" not in [*rule["apiGroups"], *rule["resources"], *rule["verbs"]], file.name
