"""What injection makes of workloads in files, as ``inject`` writes it and ``why-injected`` tells it.

Settings and policies are those of the webhook: ProxylessMesh, ProxylessPolicies, Istio's own settings and Namespaces, from the
files and, with ``--cluster``, from a cluster.
"""

from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from dataclasses import replace

from proxyless.adapters import policies
from proxyless.adapters.reading import Reading
from proxyless.errors import InputError
from proxyless.inject.settings import InjectionSettings
from proxyless.inject.template import InjectedObject, inject_template
from proxyless.mesh.pod.decision import Inject
from proxyless.mesh.pod.keys import INJECTION
from proxyless.mesh.pod.surroundings import Namespace as PodNamespace
from proxyless.mesh.workload import Workload, workload_of
from proxyless.model.kinds import INNER
from proxyless.model.record import NamedTuple
from proxyless.model.resource import Origin
from proxyless.model.snapshot import Snapshot
from proxyless.yamltext.lines import locate

_SOURCES = {"namespace": "Namespace", "policy": "ProxylessPolicy"}
KINDS = ("ProxylessMesh", "ProxylessPolicy", "Namespace", *INNER)
"""What injection reads besides the workloads."""


class WorkloadInjection(NamedTuple):
    """One workload, and what the webhook would make of its pods."""

    workload: Workload
    made: InjectedObject
    assumed: bool
    """Its namespace was given nowhere, and was taken for one that our injector serves."""


def settings_arguments(parser: ArgumentParser) -> None:
    """What changes injection beside the files."""
    add = parser.add_argument
    add(
        "--mode",
        choices=("auto", "own", "delegate"),
        help="own: write the agent out; delegate: only what Istio's injector needs; default: as the ProxylessMesh says, else auto",
    )
    add(
        "--xds",
        choices=("auto", "agent", "direct"),
        help="how the application reaches istiod; default: as the ProxylessMesh says, else auto",
    )
    add("--revision", metavar="NAME", help="revision of Istio; default: as the ProxylessMesh or Istio's settings say")


def injections(
    given: Namespace, reading: Reading, subjects: Snapshot
) -> tuple[list[WorkloadInjection], tuple[InputError, ...]]:
    """What becomes of each workload, and what is wrong with our own kinds."""
    found = policies.read(reading.snapshot)
    settings = policies.injection_settings_from(found, InjectionSettings())
    said = {"mode": given.mode, "xds": given.xds, "revision": given.revision}
    settings = replace(settings, **{name: value for name, value in said.items() if value})
    problems = tuple(InputError(str(item)) for item in found.problems)
    return list(_each(subjects, reading.snapshot, settings, found)), problems


def _each(
    subjects: Snapshot, snapshot: Snapshot, settings: InjectionSettings, found: policies.Policies
) -> Iterator[WorkloadInjection]:
    for item in subjects:
        workload = workload_of(item)
        if workload is not None:
            seen = snapshot.get("Namespace", "", item.namespace)
            labels = {INJECTION: "enabled"} if seen is None else seen.labels
            place = PodNamespace(item.namespace, labels, {} if seen is None else seen.annotations)
            wish = policies.wish_for(found, item.namespace, workload.labels)
            yield WorkloadInjection(workload, inject_template(workload, place, settings, wish), seen is None)


def told(item: WorkloadInjection, texts: dict[str, str], known: Snapshot) -> list[str]:
    """The decision about a workload in lines: what, why, and which field said it.

    Args:
        item: the decision.
        texts: of the files, for lines.
        known: all objects that were read.
    """
    decision = item.made.injection.decision
    if isinstance(decision, Inject):
        how = "by Istio's injector" if decision.mode == "delegate" else "by proxyless"
        way = "straight to istiod" if decision.xds == "direct" else "through the agent"
        head = f"{item.workload.ref}: injected {how}, xDS {way}"
        lines = [head, f"  why: {decision.reason}"]
    else:
        lines = [f"{item.workload.ref}: not injected ({decision.why})", f"  why: {decision.reason}"]
    lines.append(f"  said by: {_said_by(item, texts, known)}")
    if item.assumed:
        lines.append(
            f"  assumed: namespace {item.workload.namespace} is labeled {INJECTION}=enabled, as it is not given; give its Namespace, or --cluster"
        )
    return [*lines, *(f"  warning: {text}" for text in item.made.injection.warnings)]


def _said_by(item: WorkloadInjection, texts: dict[str, str], known: Snapshot) -> str:
    said = item.made.injection.decision.source
    kind = _SOURCES.get(said.place, "")
    named = (each for each in known.of_kind(kind) if said.name in (each.name, f"{each.namespace}/{each.name}"))
    holder = next(named, None)
    if said.place == "pod":
        holder = item.workload.resource
        said = said._replace(path=(*item.workload.path, *said.path))
    if holder is None or holder.origin is None or holder.origin.file not in texts:
        return str(said)
    return f"{said}  ({_place(texts[holder.origin.file], holder.origin, said.path)})"


def _place(text: str, origin: Origin, path: tuple[str | int, ...]) -> str:
    line, column = locate(text, origin, path)
    return f"{origin.file}:{line}:{column}" if path else f"{origin.file}:{origin.line}"
