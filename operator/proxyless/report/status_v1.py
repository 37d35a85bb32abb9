"""What ``proxyless status`` tells, as one screen of text and as JSON, schema version 1. Pure; called by ``cli.status``.

Within version 1 keys are only added.

    version      1
    cluster      {server, kubernetes, istio, proxyless}: the API server's address and release, Istio's release where it is known
                 (else null), and {release: pods} of what injected running pods
    tool         release of this command
    totals       {workloads, lacking, flapping, pods {state: number}, findings {severity: number}}
    namespaces   [{name, injectors, workloads, lacking, flapping, pods, findings, worst}] the worst first
    injectors    "proxyless", "istio", "nobody", "not known": who gives new pods the agent
    lacking      workloads with pods that lack the agent
    flapping     workloads whose xDS streams cut each other off
    streams      "seen": by logs and metrics of agents; "foretold": by PX109 alone
    worst        codes of the worst findings
    not_read     kinds that could not be read, with the reason
    not_judged   [{reason, times}] what rules could not say
"""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from proxyless import __version__
from proxyless.lint.overview import NamespaceOverview, Overview
from proxyless.lint.pod_states import AgentState
from proxyless.model.finding import Severity
from proxyless.report.wording import clean, counted

VERSION = 1
_LINES = 20
"""Namespaces on the screen."""
_REASONS = 5
"""Reasons on the screen."""


def document(
    found: Overview, cluster: Mapping[str, Any], not_read: Sequence[str], *, seen: bool = False
) -> dict[str, Any]:
    """The whole answer; ``cluster`` has server, kubernetes and istio, ``seen`` tells whether agents were looked at."""
    return {
        "version": VERSION,
        "tool": __version__,
        "cluster": {**cluster, "proxyless": dict(found.releases)},
        "streams": "seen" if seen else "foretold",
        "totals": _totals(found.namespaces),
        "namespaces": [_namespace(item) for item in found.namespaces],
        "not_read": list(not_read),
        "not_judged": [{"reason": reason, "times": times} for reason, times in found.not_judged.items()],
    }


def _totals(items: Sequence[NamespaceOverview]) -> dict[str, Any]:
    pods: Counter[AgentState] = Counter()
    findings: Counter[Severity] = Counter()
    for item in items:
        pods.update(item.pods)
        findings.update(item.findings)
    numbers = {key: sum(getattr(item, key) for item in items) for key in ("workloads", "lacking", "flapping")}
    return {**numbers, **_counts(pods, findings)}


def _counts(pods: Mapping[AgentState, int], findings: Mapping[Severity, int]) -> dict[str, Any]:
    return {
        "pods": {state.value: pods.get(state, 0) for state in AgentState},
        "findings": {severity.word: findings.get(severity, 0) for severity in reversed(Severity)},
    }


def _namespace(item: NamespaceOverview) -> dict[str, Any]:
    return {
        "name": item.name,
        "injectors": list(item.injectors),
        "workloads": item.workloads,
        "lacking": item.lacking,
        "flapping": item.flapping,
        **_counts(item.pods, item.findings),
        "worst": list(item.worst),
    }


def dumps(values: Mapping[str, Any], *, line: bool = False) -> str:
    """The document as text; ``line``: in one line, for one of many."""
    return json.dumps(values, indent=None if line else 2, ensure_ascii=False) + "\n"


HEADS = (
    "NAMESPACE",
    "INJECTED BY",
    "WORKLOADS",
    "AGENT",
    "NO AGENT",
    "ENVOY",
    "FLAPPING",
    "ERRORS",
    "WARNINGS",
    "WORST",
)


def rows(values: Mapping[str, Any]) -> list[tuple[str, ...]]:
    """Lines of a table with :data:`HEADS`, of a :func:`document`."""
    return [
        tuple(
            map(
                clean,
                (
                    item["name"] or "(cluster)",
                    ", ".join(item["injectors"]) or "-",
                    *_numbers(item),
                    ", ".join(item["worst"][:4]) or "-",
                ),
            )
        )
        for item in values["namespaces"][:_LINES]
    ]


def _numbers(item: Mapping[str, Any]) -> tuple[str, ...]:
    pods = item["pods"]
    have = pods[AgentState.AGENT.value] + pods[AgentState.DIFFERS.value]
    return tuple(
        map(
            str,
            (
                item["workloads"],
                have,
                pods[AgentState.MISSING.value],
                pods[AgentState.ENVOY.value],
                item["flapping"],
                item["findings"]["error"],
                item["findings"]["warning"],
            ),
        )
    )


def head(values: Mapping[str, Any]) -> str:
    """Versions and totals, for people."""
    cluster, totals = values["cluster"], values["totals"]
    made = ", ".join(f"{release} in {counted(pods, 'pod')}" for release, pods in cluster["proxyless"].items())
    told = (
        f"{totals['workloads']} proxyless, {totals['lacking']} with pods that lack the agent, "
        f"{totals['flapping']} with streams that cut each other off ({_SOURCES[values['streams']]})"
    )
    lines = [
        f"cluster     {cluster['server']}, Kubernetes {cluster['kubernetes'] or 'not known'}, Istio {cluster['istio'] or 'not known'}",
        f"proxyless   {values['tool']} here" + (f"; injected by {made}" if made else ""),
        f"workloads   {told}",
        f"findings    {counted(totals['findings']['error'], 'error')}, {counted(totals['findings']['warning'], 'warning')}",
    ]
    return "\n".join(map(clean, lines)) + "\n"


_SOURCES = {"seen": "seen in their agents", "foretold": "as PX109 foretells; --streams looks"}


def foot(values: Mapping[str, Any]) -> str:
    """What is left out and what was not judged, for people; empty where nothing is."""
    lines = []
    more = len(values["namespaces"]) - _LINES
    if more > 0:
        lines.append(f"and {counted(more, 'more namespace')}: --format json has all")
    lines += [f"not read: {reason}" for reason in values["not_read"]]
    reasons = values["not_judged"]
    lines += [f"not judged ({item['times']} times): {item['reason']}" for item in reasons[:_REASONS]]
    if len(reasons) > _REASONS:
        lines.append(f"and {counted(len(reasons) - _REASONS, 'more reason')}: --format json has all")
    return "".join(f"{clean(line)}\n" for line in lines)
