"""Words for the clients that a finding affects: how many, the first by name, all of them as related objects. For rules."""

from collections.abc import Iterable

from proxyless.lint.route_calls import CalledHost
from proxyless.mesh.workload import Workload
from proxyless.model.resource import Ref

_NAMED = 2
"""Clients that a message names."""
_LONG = 90
"""Characters of two names, above which one is enough: admission cuts long warnings."""


def affected_clients(calls: Iterable[CalledHost]) -> str:
    """The callers in words: real clients by number and name, else the namespaces whose clients would call."""
    given = list(calls)
    real = _workloads(given)
    if real:
        return _listed([str(item.ref) for item in real], f"{len(real)} clients")
    names = sorted({call.client.namespace for call in given})
    return f"a client in namespace {names[0]}" + (f" or {len(names) - 1} more" if len(names) > 1 else "")


def related_clients(calls: Iterable[CalledHost]) -> tuple[Ref, ...]:
    """The real clients."""
    return tuple(item.ref for item in _workloads(calls))


def _workloads(calls: Iterable[CalledHost]) -> list[Workload]:
    return list({item.ref: item for call in calls for item in call.callers}.values())


def _listed(names: list[str], many: str) -> str:
    if len(names) == 1:
        return names[0]
    shown = names[:_NAMED] if len(" and ".join(names[:_NAMED])) <= _LONG else names[:1]
    more = len(names) - len(shown)
    return f"{many} ({', '.join(shown)}{f' and {more} more' if more else ''})"
