"""Compares the findings of the same objects under two sets of releases, to show what an upgrade changes. Pure; called by ``cli.upgrade_report``.

Workloads are taken to use the release in question whatever they say of their library, since that is what the upgrade is.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from proxyless.lint.engine import run, shorten
from proxyless.lint.mesh_settings import MeshSettings
from proxyless.lint.rule import Rule
from proxyless.lint.select import Selection
from proxyless.lint.servers import is_grpc
from proxyless.lint.world import World
from proxyless.matrix.judgment import Judgment
from proxyless.matrix.paths import RowMatch
from proxyless.matrix.verdict import Verdict
from proxyless.mesh.pod.keys import GRPC_VERSION
from proxyless.mesh.workload import Workload
from proxyless.model.client import Client, Framework, Language
from proxyless.model.finding import Finding, Notice, Report
from proxyless.model.memory import Memory
from proxyless.model.path import FieldPath
from proxyless.model.resource import Ref, Resource
from proxyless.model.snapshot import Snapshot
from proxyless.model.truth import Truth
from proxyless.model.version import Version

_NUMBER = re.compile(r"\b\d+\.\d+(\.\d+)*\b")


@dataclass(slots=True, frozen=True)
class UpgradeSide:
    """One side of an upgrade."""

    istio: Version | None
    """None: as the settings have it."""
    libraries: Mapping[Language, Version]

    @property
    def clients(self) -> tuple[Client, ...]:
        """The libraries as clients."""
        return tuple(Client(Framework.GRPC, language, version) for language, version in self.libraries.items())


@dataclass(slots=True, frozen=True)
class FieldChange:
    """A field that means something else afterwards."""

    ref: Ref
    path: FieldPath
    value: str
    row: str
    """Id of the row of the feature table."""
    clients: tuple[Client, ...]
    """For whom; empty: every gRPC library in question."""
    before: Judgment
    after: Judgment


@dataclass(slots=True, frozen=True)
class Upgrade:
    """The result: all findings and fields that change."""

    new: tuple[Finding, ...]
    gone: tuple[Finding, ...]
    changed: tuple[tuple[Finding, Finding], ...]
    """The same rule at the same place, with another severity, condition or consequence."""
    fields: tuple[FieldChange, ...]
    notices: tuple[Notice, ...]
    """Defects of ours met on the way."""

    def __bool__(self) -> bool:
        return bool(self.new or self.gone or self.changed or self.fields)


def compare(
    rules: Sequence[Rule],
    snapshot: Snapshot,
    settings: MeshSettings,
    ends: tuple[UpgradeSide, UpgradeSide],
    selection: Selection,
) -> Upgrade:
    """Judge a snapshot as it is before and after.

    Args:
        rules: the rules to run.
        snapshot: the objects.
        settings: the mesh, of which releases are replaced.
        ends: before and after.
        selection: which codes run and what is excused.
    """
    memory = Memory()
    worlds = [_world(snapshot, settings, end, memory) for end in ends]
    old, new = (run(rules, world, world_snapshot, selection) for world, world_snapshot in worlds)
    before, after = _by_place(old), _by_place(new)
    return Upgrade(
        tuple(after[key] for key in after if key not in before),
        tuple(before[key] for key in before if key not in after),
        tuple(
            (before[key], after[key])
            for key in before
            if key in after and _essence(before[key]) != _essence(after[key])
        ),
        tuple(_fields(snapshot, worlds[0][0], worlds[1][0], ends)),
        tuple(dict.fromkeys(item for report in (old, new) for item in report.notices if item.internal)),
    )


def _world(snapshot: Snapshot, settings: MeshSettings, end: UpgradeSide, memory: Memory) -> tuple[World, Snapshot]:
    known = World(snapshot, settings, memory=memory)
    changed = [_with_version(item, end.libraries[language]) for item, language in _upgraded(known, end)]
    overlaid = snapshot.overlay(*changed)
    others = tuple(client for client in settings.clients if client.language not in end.libraries)
    base = settings._replace(istio=end.istio or settings.istio, clients=(*others, *end.clients))
    return World(overlaid, base, memory=memory), overlaid


def _upgraded(world: World, end: UpgradeSide) -> Iterator[tuple[Workload, Language]]:
    for workload in world.proxyless_workloads:
        language = world.client_of(workload).language
        if language is not None and language in end.libraries and is_grpc(world, workload):
            yield workload, language


def _with_version(workload: Workload, version: Version) -> Resource:
    """The same object with the release in its pod template."""
    path = [str(step) for step in workload.metadata_path("annotations", GRPC_VERSION)]
    resource = workload.resource
    return Resource(resource.ref, _put(resource.body, path, str(version)), resource.origin)


def _put(body: Any, path: list[str], value: str) -> Any:
    """A copy along the path, so that the object itself stays as it is."""
    if not path:
        return value
    held = body if isinstance(body, dict) else {}
    return {**held, path[0]: _put(held.get(path[0]), path[1:], value)}


def _by_place(report: Report) -> dict[tuple[str, Ref, FieldPath, str], Finding]:
    """Findings by what makes two the same; several of one rule at one place are told apart by their words."""
    found: dict[tuple[str, Ref, FieldPath, str], Finding] = {}
    for item in report.findings:
        key = (item.code, item.ref, item.path, "")
        found[key if key not in found else (*key[:3], _NUMBER.sub("#", item.message))] = item
    return found


def _essence(finding: Finding) -> tuple[object, ...]:
    """What a reader would call a change: release numbers in the words are none."""
    return finding.severity, _NUMBER.sub("#", finding.applies), _NUMBER.sub("#", finding.message)


def _fields(snapshot: Snapshot, old: World, new: World, ends: tuple[UpgradeSide, UpgradeSide]) -> Iterator[FieldChange]:
    if old.has_clients is Truth.NO and new.has_clients is Truth.NO:
        return
    pairs = _pairs(new, ends)
    for subject in snapshot:
        for field in old.matrix.fields(subject.kind, subject.body):
            found: dict[tuple[Verdict, Verdict], tuple[Judgment, Judgment, list[Client]]] = {}
            for was, now in pairs:
                before = _answer(old, field, subject, was)
                after = _answer(new, field, subject, now)
                if before is not None and after is not None and before.verdict is not after.verdict:
                    key = (before.verdict, after.verdict)
                    found.setdefault(key, (before, after, []))[2].append(now)
            for before, after, clients in found.values():
                named = () if len(clients) == len(pairs) and len(found) == 1 and len(pairs) > 1 else tuple(clients)
                yield FieldChange(subject.ref, field.path, shorten(field.value), field.row.id, named, before, after)


def _pairs(new: World, ends: tuple[UpgradeSide, UpgradeSide]) -> list[tuple[Client, Client]]:
    """Each library before and after; those that stay as they are count where Istio does not.

    In place of a library that nothing names stands the newest release of each language that the table was checked with.
    """
    pairs = list(zip(ends[0].clients, ends[1].clients, strict=True))
    if ends[0].istio == ends[1].istio:
        return pairs
    kept = [client for client in new.clients if client not in ends[1].clients and client.framework is Framework.GRPC]
    if not pairs or any(client.language is not None for client in kept):
        for client in kept:
            pairs += [(one, one) for one in ([client] if client.language is not None else _newest(new))]
    return list(dict.fromkeys(pairs))


def _newest(world: World) -> list[Client]:
    known = map(world.matrix.language, Language)
    return [
        Client(Framework.GRPC, item.language, item.checked) for item in known if item.xds is not None and item.usual
    ]


def _answer(world: World, field: RowMatch, subject: Resource, client: Client) -> Judgment | None:
    """The worst answer; with an Istio that is not known, of the newest that the table was checked with."""
    istio = world.settings.istio or world.matrix.istio.checked
    answers = world.matrix.judge(field.row, field.path, field.value, subject.body, istio=istio, client=client)
    return answers[0] if answers else None
