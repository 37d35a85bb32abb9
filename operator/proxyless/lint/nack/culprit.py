"""Decides which object and field made a library reject a resource (NACK), or names those that it may be. Pure.

Called by ``lint.why.taken`` and by the operator's ``controller.nacks``. What is decided: among the objects that became the
resource, the one field that the feature table says this library rejects; where the table knows none, the one object there is.
"""

from collections.abc import Iterable, Iterator, Sequence

from proxyless.lint.nack.carriers import ResourcePart, carriers
from proxyless.lint.nack.text import Rejection, languages, rejections
from proxyless.lint.world import World
from proxyless.matrix.verdict import Verdict
from proxyless.mesh.workload import Workload, environment_of
from proxyless.model.client import Client, Language
from proxyless.model.path import FieldPath, show
from proxyless.model.record import NamedTuple
from proxyless.model.resource import Resource

_NAMED = 5
"""Candidates that are told."""
_MEANS = 5
"""Characters of a key that is looked for in a text."""


class Culprit(NamedTuple):
    """What caused one rejection, as far as it can be told."""

    rejection: Rejection
    resource: Resource | None
    """None: not known, ``candidates`` are what it may be."""
    path: FieldPath
    """The field, or the part of the object that is in the resource."""
    candidates: tuple[ResourcePart, ...] = ()

    @property
    def words(self) -> str:
        """Who it is, in words without a full stop."""
        if self.resource is not None:
            return f"caused by {_place(self.resource, self.path)}"
        if not self.candidates:
            return "what caused it is not known: no object in effect for this workload is in it"
        named = ", ".join(_place(item.resource, item.path) for item in self.candidates[:_NAMED])
        more = f" and {len(self.candidates) - _NAMED} more" if len(self.candidates) > _NAMED else ""
        return f"what caused it is not known; it may be {named}{more}"


def _place(resource: Resource, path: FieldPath) -> str:
    return f"{resource.ref} {show(path)}".rstrip()


def culprits(world: World, workload: Workload, kind: str, text: str) -> tuple[Culprit, ...]:
    """One for each resource that a text rejects. Never raises, whatever the text is."""
    spoken = languages(text)
    return tuple(culprit(world, workload, item, spoken) for item in rejections(kind, text))


def culprit(world: World, workload: Workload, rejection: Rejection, spoken: Sequence[Language] = ()) -> Culprit:
    """What made the library of a workload reject one resource; ``spoken``: languages by the text where nothing else tells."""
    parts = carriers(world, workload, rejection)
    fields = tuple(dict.fromkeys(_rejected(world, workload, parts, spoken)))
    for found in (fields, parts):
        alike = _told(found, rejection.words) or found
        owners = dict.fromkeys(item.resource for item in alike)
        if len(owners) == 1:
            return Culprit(rejection, alike[0].resource, _common(item.path for item in alike))
        if owners:
            return Culprit(rejection, None, (), alike)
    return Culprit(rejection, None, ())


def _rejected(
    world: World, workload: Workload, parts: Sequence[ResourcePart], spoken: Sequence[Language]
) -> Iterator[ResourcePart]:
    """Fields in these parts that the feature table says the workload's library rejects."""
    clients = _clients(world.client_of(workload), spoken)
    for resource in dict.fromkeys(item.resource for item in parts):
        places = [item.path for item in parts if item.resource is resource]
        for item in world.matrix.fields(resource.kind, resource.body):
            if not any(item.path[: len(place)] == place for place in places):
                continue
            for client in clients:
                answers = world.matrix.judge(
                    item.row, item.path, item.value, resource.body,
                    istio=world.settings.istio, client=client, environment=environment_of(workload),
                )  # fmt: skip
                if any(answer.verdict is Verdict.REJECTED for answer in answers):
                    yield ResourcePart(resource, item.path)
                    break


def _clients(known: Client, spoken: Sequence[Language]) -> tuple[Client, ...]:
    if known.language is not None or not spoken:
        return (known,)
    return tuple(Client(known.framework, language, known.version) for language in spoken)


def _told(found: Sequence[ResourcePart], words: str) -> tuple[ResourcePart, ...]:
    """Those of which the words speak: by the last key of the field, as it is written or as xDS writes it."""
    plain = words.lower().replace("_", "")
    return tuple(item for item in found if any(_key(step) in plain for step in item.path[-1:] if _key(step)))


def _key(step: object) -> str:
    """A key that is long enough to mean something in a text; empty for others and for places in lists."""
    return step.lower() if isinstance(step, str) and len(step) >= _MEANS else ""


def _common(paths: Iterable[FieldPath]) -> FieldPath:
    """The path itself where there is one, else what all have in common."""
    first, *others = paths
    for other in others:
        length = next((index for index, (a, b) in enumerate(zip(first, other, strict=False)) if a != b), None)
        first = first[: min(len(first), len(other)) if length is None else length]
    return first
