"""PX291: a word that is none of the field's: other rules, and istiod, take it as not set.

Files alone can hold such values: an API server refuses them before any webhook is asked.
"""

from collections.abc import Iterator, Mapping

from proxyless.lint.rule import Hit, Rule
from proxyless.lint.world import World
from proxyless.matrix.paths import ANY, EACH
from proxyless.mesh.traffic import levels
from proxyless.model.finding import Severity
from proxyless.model.fix import put
from proxyless.model.path import FieldPath, get
from proxyless.model.resource import Resource

_MTLS = ("UNSET", "DISABLE", "PERMISSIVE", "STRICT")
_PHASES = ("UNSPECIFIED", "UNSPECIFIED_PHASE", "AUTHN", "AUTHZ", "STATS")
_WORDS: Mapping[str, Mapping[FieldPath, tuple[str, ...]]] = {
    "PeerAuthentication": {("spec", "mtls", "mode"): _MTLS, ("spec", "portLevelMtls", ANY, "mode"): _MTLS},
    "AuthorizationPolicy": {("spec", "action"): ("ALLOW", "DENY", "AUDIT", "CUSTOM")},
    "ServiceEntry": {
        ("spec", "location"): ("MESH_EXTERNAL", "MESH_INTERNAL"),
        ("spec", "resolution"): ("NONE", "STATIC", "DNS", "DNS_ROUND_ROBIN", "DYNAMIC_DNS"),
    },
    "Sidecar": {("spec", "outboundTrafficPolicy", "mode"): ("REGISTRY_ONLY", "ALLOW_ANY")},
    "WasmPlugin": {("spec", "phase"): _PHASES},
    "TrafficExtension": {("spec", "phase"): _PHASES},
    "VirtualService": {
        ("spec", "http", EACH, "redirect", "derivePort"): ("FROM_PROTOCOL_DEFAULT", "FROM_REQUEST_PORT"),
    },
}
_LEVEL: Mapping[FieldPath, tuple[str, ...]] = {
    ("tls", "mode"): ("DISABLE", "SIMPLE", "MUTUAL", "ISTIO_MUTUAL"),
    ("loadBalancer", "simple"): (
        "UNSPECIFIED", "LEAST_CONN", "RANDOM", "PASSTHROUGH", "ROUND_ROBIN", "LEAST_REQUEST",
    ),
    ("connectionPool", "http", "h2UpgradePolicy"): ("DEFAULT", "DO_NOT_UPGRADE", "UPGRADE"),
}  # fmt: skip
"""Fields of each level of a DestinationRule's policy."""


def check(subject: Resource, _: World) -> Iterator[Hit]:
    """One hit per word that no release of Istio knows there."""
    for path, known in _places(subject):
        value = get(subject.body, path)
        if value is None or value in known or isinstance(value, dict | list):
            continue
        from difflib import get_close_matches  # noqa: PLC0415  most runs never need it

        shown = str(value).lower() if isinstance(value, bool) else str(value)
        near = get_close_matches(shown.upper(), known, n=1)
        yield Hit(
            path,
            f"{path[-1]} {shown} is no value that Istio knows: the API server refuses it, and other rules take it as not set.",
            f"Write {near[0]}." if near else f"Write one of {', '.join(known)}.",
            fix=put(path, near[0], safe=near[0] == shown.upper()) if near else None,
        )


def _places(subject: Resource) -> Iterator[tuple[FieldPath, tuple[str, ...]]]:
    if subject.kind == "DestinationRule":
        for level in levels(subject):
            for path, known in _LEVEL.items():
                if path[0] in level.policy:
                    yield (*level.path, *path), known
        return
    for pattern, known in _WORDS[subject.kind].items():
        for path in _concrete(subject.body, pattern):
            yield path, known


def _concrete(value: object, pattern: FieldPath, above: FieldPath = ()) -> Iterator[FieldPath]:
    """Paths of an object that fit a pattern."""
    if not pattern:
        yield above
        return
    step, rest = pattern[0], pattern[1:]
    if step == EACH:
        for index, item in enumerate(value if isinstance(value, list) else ()):
            yield from _concrete(item, rest, (*above, index))
    elif isinstance(value, dict):
        for key in value if step == ANY else [step] if step in value else []:
            yield from _concrete(value[key], rest, (*above, key))


RULE = Rule(
    code="PX291",
    slug="unknown-value",
    summary="A field has a word that is none of those that Istio knows there, so it counts as not set.",
    severity=Severity.ERROR,
    kinds=("DestinationRule", *_WORDS),
    check=check,
    by_value=True,
    needs=("mode", "simple", "h2UpgradePolicy", "action", "location", "resolution", "phase", "derivePort"),
    remedy="Write one of the words that the field has.",
    evidence=("istio 1.31 manifests/charts/base/files/crd-all.gen.yaml",),
    alone=True,
    fixes=("safe", "unsafe"),
)
