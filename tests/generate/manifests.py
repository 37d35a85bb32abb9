"""Rights and webhook rules in ``manifests/base/``, made from the table of kinds; the rest of these files is written by hand."""

from collections.abc import Iterable, Iterator

from generate.block import replaced
from proxyless.adapters.istio_text import MAPS
from proxyless.model.kinds import INNER, KINDS, WATCHED, Kind


def file(name: str, before: str) -> str:
    """One of :data:`FILES` up to date."""
    for mark, lines in FILES[name]().items():
        indent = " " * (len(lines[0]) - len(lines[0].lstrip()))
        before = replaced(before, mark, "\n".join(lines), comment=f"{indent}# {{}}")
    return before


def _reader() -> dict[str, list[str]]:
    return {"watched": [*_settings(), *_rights(_watched(), "list, watch")]}


def _operator() -> dict[str, list[str]]:
    written = [kind for kind in _watched() if kind.conditions]
    return {"conditions": [*_rights(written, "get"), *_rights(written, "patch", "/status")]}


def _validator() -> dict[str, list[str]]:
    validated = [kind for kind in KINDS.values() if kind.validated]
    return {
        "namespaced": [*_rules(kind for kind in validated if kind.namespaced)],
        "cluster": [*_rules(kind for kind in validated if not kind.namespaced)],
    }


FILES = {"reader-rbac.yaml": _reader, "operator-rbac.yaml": _operator, "validator.yaml": _validator}
"""Files of ``manifests/base/`` and the lines between their ``# NAME:begin`` and ``# NAME:end``."""


def _watched() -> list[Kind]:
    return [KINDS[name] for name in WATCHED if name not in INNER]


def _settings() -> Iterator[str]:
    """Istio's own settings are read by name. For a revision: istio-REVISION and istio-sidecar-injector-REVISION, too."""
    yield '  - apiGroups: [""]'
    yield "    resources: [configmaps] # Istio's own settings; for a revision istio-REVISION and istio-sidecar-injector-REVISION, too"
    yield f"    resourceNames: [{', '.join(name for name, _ in MAPS.values())}]"
    yield "    verbs: [get]"


def _rights(kinds: Iterable[Kind], verbs: str, subresource: str = "") -> Iterator[str]:
    groups: dict[str, list[str]] = {}
    for kind in kinds:
        groups.setdefault(kind.group, []).append(kind.plural + subresource)
    for group, plurals in sorted(groups.items()):
        yield f"  - apiGroups: [{_quoted(group)}]"
        yield f"    resources: [{', '.join(sorted(plurals))}]"
        yield f"    verbs: [{verbs}]"


def _rules(kinds: Iterable[Kind]) -> Iterator[str]:
    resources: dict[tuple[str, str, str], list[str]] = {}
    for kind in kinds:
        scope = "Namespaced" if kind.namespaced else "Cluster"
        resources.setdefault((kind.group, kind.version, scope), []).append(kind.plural)
    for (group, version, scope), plurals in resources.items():
        yield "      - operations: [CREATE, UPDATE]"
        yield f"        apiGroups: [{_quoted(group)}]"
        yield f"        apiVersions: [{version}]"
        yield f"        resources: [{', '.join(plurals)}]"
        yield f"        scope: {scope}"


def _quoted(group: str) -> str:
    return group or '""'
