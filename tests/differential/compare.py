"""Facts as single questions with single answers, and where two sets of answers differ. Pure."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

UNKNOWN = "unknown"
"""The model's answer where it says that it does not know."""
_SERVER_KEYS = {"tls": "server TLS", "rbac": "server RBAC", "rules": "server rules"}
_CLUSTER_KEYS = {"tls": "cluster TLS", "sans": "cluster names", "lb": "balancing", "max": "limit"}
_ROUTE_KEYS = {
    "winner": ("config", "kind"),
    "routes": ("name", "path", "headers", "query", "clusters", "action"),
    "timeouts": ("timeout", "longest"),
    "retries": ("retry",),
    "faults": ("fault",),
    "hashes": ("hash",),
}
"""Kinds of question about a list of routes, and the fields of each route that answer it."""


class Question(NamedTuple):
    """One question to istiod, and whom it was about."""

    kind: str
    who: str
    what: str

    def __str__(self) -> str:
        return f"{self.kind} of {self.what} for {self.who}"


class Difference(NamedTuple):
    """A question that the model answers otherwise than istiod."""

    question: Question
    istiod: Any
    model: Any

    def __str__(self) -> str:
        return f"{self.question}: istiod {self.istiod!r}, model {self.model!r}"


class Compared(NamedTuple):
    """What comparing two sets of answers gave."""

    questions: Counter[str]
    """How many istiod answered, by kind."""
    differences: list[Difference]
    unknown: Counter[str]
    """How many the model does not answer, by kind."""


def answers(facts: Mapping[str, Any]) -> dict[Question, Any]:
    """Every question that facts answer."""
    return dict(_answers(facts))


def compare(istiod: Mapping[str, Any], model: Mapping[str, Any]) -> Compared:
    """The model's facts against istiod's; what only the model speaks of is a difference too."""
    told, said = answers(istiod), answers(model)
    differences: list[Difference] = []
    unknown: Counter[str] = Counter()
    for question in told.keys() | said.keys():
        one, other = told.get(question, "nothing"), said.get(question, "nothing")
        if other == UNKNOWN:
            unknown[question.kind] += 1
        elif one != other:
            differences.append(Difference(question, one, other))
    return Compared(
        Counter(question.kind for question in told), sorted(differences, key=lambda item: item.question), unknown
    )


def _answers(facts: Mapping[str, Any]) -> Iterator[tuple[Question, Any]]:
    for client, told in facts["clients"].items():
        yield from _client(client, told)
    for server, ports in facts["servers"].items():
        for port, found in ports.items():
            yield Question("server listener", server, port), found is not None
            for key, kind in _SERVER_KEYS.items():
                if found is not None:
                    yield Question(kind, server, port), found.get(key)


def _client(client: str, told: Mapping[str, Any]) -> Iterator[tuple[Question, Any]]:
    for key, kind in (
        ("listeners", "listener"),
        ("shorts", "short name"),
        ("short_routes", "short name's routes"),
        ("endpoints", "endpoints"),
    ):
        for what, answer in told[key].items():
            yield Question(kind, client, what), answer
    for target, found in told["routes"].items():
        yield Question("virtual hosts", client, target), (found["hosts"], found["vh"])
        for kind, keys in _ROUTE_KEYS.items():
            if found["routes"] is not None:
                yield (
                    Question(kind, client, target),
                    [{key: route[key] for key in keys if key in route} for route in found["routes"]],
                )
    for name in told["asked"]:
        found = told["clusters"].get(name)
        yield Question("cluster", client, name), found is not None
        for key, kind in _CLUSTER_KEYS.items():
            if found is not None:
                yield Question(kind, client, name), found.get(key)
