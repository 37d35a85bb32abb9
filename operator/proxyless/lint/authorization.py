"""Helpers that rules share to read AuthorizationPolicies (action, conditions with field paths); they never create findings."""

from collections.abc import Iterator

from proxyless.lint.servers import server_condition
from proxyless.lint.world import World
from proxyless.model.memory import for_each
from proxyless.model.path import FieldPath
from proxyless.model.record import NamedTuple
from proxyless.model.resource import Resource, kept, mapping, sequence


class RequestCondition(NamedTuple):
    """One field of a rule that a request is compared with."""

    path: FieldPath
    name: str
    """Field of ``source`` or ``operation`` without ``not``, e.g. ``principals``; the ``key`` of a ``when`` entry."""
    values: tuple[str, ...]
    negated: bool

    @property
    def is_when(self) -> bool:
        """Whether it is an entry of ``when``."""
        return self.path[3] == "when"


def action_of(policy: Resource) -> str:
    """``ALLOW`` where nothing is written."""
    return str(policy.spec.get("action") or "ALLOW")


def targets_gateways(policy: Resource) -> bool:
    """Whether it has target references: those attach to gateways and waypoints, never to a pod."""
    return bool(policy.spec.get("targetRef") or policy.spec.get("targetRefs"))


@for_each
def reaching(policy: Resource, world: World) -> str | None:
    """The condition under which a policy's selector selects a proxyless server; None: never, empty: certainly."""
    return None if targets_gateways(policy) else server_condition(policy, world)


@kept
def conditions(policy: Resource) -> tuple[RequestCondition, ...]:
    """All conditions of all rules, in the order they are written."""
    return tuple(_conditions(policy))


def _conditions(policy: Resource) -> Iterator[RequestCondition]:
    for number, entry in enumerate(sequence(policy.spec.get("rules"))):
        rule = mapping(entry)
        base: FieldPath = ("spec", "rules", number)
        for key, inner in (("from", "source"), ("to", "operation")):
            for index, item in enumerate(sequence(rule.get(key))):
                for name, values in mapping(mapping(item).get(inner)).items():
                    path: FieldPath = (*base, key, index, inner, name)
                    yield RequestCondition(path, _positive(name), _texts(values), name.startswith("not"))
        for index, item in enumerate(sequence(rule.get("when"))):
            when = mapping(item)
            for name in ("values", "notValues"):
                if when.get(name):
                    path = (*base, "when", index, "key")
                    yield RequestCondition(path, str(when.get("key", "")), _texts(when[name]), name == "notValues")


def _positive(name: str) -> str:
    bare = name.removeprefix("not")
    return bare[:1].lower() + bare[1:] if bare != name else name


def _texts(values: object) -> tuple[str, ...]:
    return tuple(map(str, sequence(values)))


def never(policy: Resource, condition: RequestCondition) -> str:
    """The consequence of a condition that no request meets."""
    denies = action_of(policy) == "DENY"
    if condition.negated:
        return "holds for every caller" + (", so nobody is exempt from the denial" if denies else ", whoever it is")
    return "never holds, so nobody " + ("is denied by it" if denies else "gets in by it")
