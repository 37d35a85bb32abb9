"""PX290: a field whose value has another type than the API gives it: other rules read it as not there.

Files alone can hold such values: an API server refuses them before any webhook is asked.
"""

from collections.abc import Iterator

from proxyless.lint.rule import Hit, Rule
from proxyless.lint.world import World
from proxyless.matrix.paths import DEPTH, TrieNode
from proxyless.model.finding import Severity
from proxyless.model.memory import for_key
from proxyless.model.path import FieldPath
from proxyless.model.resource import Resource

_WORDS = {str: "a text", bool: "true or false", int: "a number", float: "a number", list: "a list", dict: "a mapping"}


class _Shape:
    """The part of the table's paths that leads on, since only there a type can be wrong."""

    __slots__ = ("each", "is_list", "is_plain", "keys", "other")

    def __init__(self) -> None:
        self.is_list = False
        self.is_plain = False
        """A mapping below which no type can be wrong."""
        self.each: _Shape | None = None
        self.keys: dict[str, _Shape | None] = {}
        """None: the table knows the key and nothing below it."""
        self.other: _Shape | None = None
        """For keys that are not named."""


def check(subject: Resource, world: World) -> Iterator[Hit]:
    """One hit per place where a list or a mapping must stand and something else does."""
    if _fits(_shape_of(subject.kind, world), subject.body, 0):
        return
    for path, value, wanted in _odd(world.matrix.shape(subject.kind), subject.body, ()):
        found = _WORDS.get(type(value), "nothing")
        name = next((str(step) for step in reversed(path) if isinstance(step, str)), "it")
        which = f"An item of {name}" if isinstance(path[-1], int) else name
        message = f"{which} is {found} where {wanted} belongs: the API server refuses it, and other rules take it as not there."
        yield Hit(path, message, f"Write {wanted}.")


@for_key
def _shape_of(kind: str, world: World) -> _Shape:
    return _shape(world.matrix.shape(kind), {})


def _shape(node: TrieNode, known: dict[TrieNode, _Shape]) -> _Shape:
    """A node as a shape; nodes lead in circles."""
    shape = known.get(node)
    if shape is None:
        shape = known[node] = _Shape()
        shape.is_list = node.each is not None
        shape.each = _shape(node.each, known) if node.each is not None and _leads_on(node.each) else None
        shape.other = _shape(node.any, known) if node.any is not None and _leads_on(node.any) else None
        ways = {key: _shape(way, known) if _leads_on(way) else None for key, way in node.keys.items()}
        shape.keys = {key: way for key, way in ways.items() if way is not None or shape.other is not None}
        shape.is_plain = not (shape.is_list or shape.other or shape.keys)
    return shape


def _fits(shape: _Shape, value: object, depth: int) -> bool:
    """Whether :func:`_odd` finds nothing, which is nearly always and takes a tenth of its time to tell."""
    if depth > DEPTH:
        return True
    if shape.is_list:
        return isinstance(value, list) and _each_fits(shape.each, value, depth + 1)
    if not isinstance(value, dict):
        return False
    keys, other = shape.keys, shape.other
    for key, inner in value.items():
        way = keys.get(key, other)
        if way is None or inner is None:
            continue
        if not (isinstance(inner, dict) if way.is_plain else _fits(way, inner, depth + 1)):
            return False
    return True


def _each_fits(each: _Shape | None, items: list[object], depth: int) -> bool:
    if each is None:
        return True
    for item in items:  # noqa: SIM110  a generator takes longer than the question
        if not (isinstance(item, dict) if each.is_plain else _fits(each, item, depth)):
            return False
    return True


def _odd(node: TrieNode, value: object, path: FieldPath) -> Iterator[tuple[FieldPath, object, str]]:
    """Places below a node of the table's paths whose value cannot hold what the table knows below them."""
    if len(path) > DEPTH:
        return
    if node.each is not None:
        if not isinstance(value, list):
            yield path, value, "a list"
        elif _leads_on(node.each):
            for index, item in enumerate(value):
                yield from _odd(node.each, item, (*path, index))
        return
    if not isinstance(value, dict):
        yield path, value, "a mapping"
        return
    for key, inner in value.items():
        way = node.keys.get(key) or node.any
        if way is not None and inner is not None and _leads_on(way):
            yield from _odd(way, inner, (*path, key))


def _leads_on(node: TrieNode) -> bool:
    return bool(node.keys) or node.each is not None or node.any is not None


RULE = Rule(
    code="PX290",
    slug="wrong-type",
    summary="A field has a value of another type than the API gives it, so it counts as not there.",
    severity=Severity.ERROR,
    kinds=(
        "VirtualService",
        "DestinationRule",
        "ServiceEntry",
        "Sidecar",
        "WorkloadEntry",
        "EnvoyFilter",
        "PeerAuthentication",
        "AuthorizationPolicy",
        "RequestAuthentication",
        "Telemetry",
        "WasmPlugin",
        "TrafficExtension",
        "HTTPRoute",
        "GRPCRoute",
        "BackendTLSPolicy",
        "XBackendTrafficPolicy",
        "Service",
    ),
    check=check,
    by_value=True,
    remedy="Write the type that the API has.",
    evidence=("matrix istio: paths of all rows", "istio manifests/charts/base/files/crd-all.gen.yaml"),
    alone=True,
)
