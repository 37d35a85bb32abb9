"""``manifests/ha/api-server-only`` narrows the reviews port and nothing else, and the how-to page's overlay fits it."""

import re
from pathlib import Path
from typing import Any

import jsonpatch
import yaml

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "how-to" / "admission-access.md").read_text()


def _patched(policy: dict[str, Any], kustomization: dict[str, Any]) -> dict[str, Any]:
    """A policy after the patches of a kustomization that are for it."""
    for patch in kustomization["patches"]:
        assert patch["target"] == {"kind": policy["kind"], "name": policy["metadata"]["name"]}
        policy = jsonpatch.apply_patch(policy, yaml.safe_load(patch["patch"]))
    return policy


def _ingress(policy: dict[str, Any]) -> dict[str, list[Any]]:
    """Port name to who may reach it; an empty list is anybody."""
    return {port["port"]: rule.get("from", []) for rule in policy["spec"]["ingress"] for port in rule["ports"]}


def test_the_component_and_the_overlay_of_the_page_let_in_the_api_server_and_probes() -> None:
    documents = yaml.safe_load_all((ROOT / "manifests" / "base" / "network-policy.yaml").read_text())
    base = next(document for document in documents if document["metadata"]["name"] == "proxyless-webhook")
    component = yaml.safe_load((ROOT / "manifests" / "ha" / "api-server-only" / "kustomization.yaml").read_text())
    narrowed = _patched(base, component)
    reviews = _ingress(narrowed)["reviews"]
    assert reviews, "nobody named is anybody"
    assert _ingress(narrowed)["health"] == []
    assert narrowed["spec"]["egress"] == base["spec"]["egress"]

    overlay = re.search(r"```yaml\n(# my-proxyless/kustomization\.yaml\n.*?)```", PAGE, re.DOTALL)
    assert overlay
    given = yaml.safe_load(overlay[1])
    assert [(ROOT / "my-proxyless" / path).resolve() for path in given["components"]] == [
        ROOT / "manifests" / "ha" / "api-server-only"
    ]
    assert _ingress(_patched(narrowed, given))["reviews"] == [*reviews, {"ipBlock": {"cidr": "10.0.0.11/32"}}]
