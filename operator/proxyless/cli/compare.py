"""``why --cluster``: what was calculated against what istiod sends this client now, and what the application of its pod took.

Called by ``cli.why`` only where a cluster is read. It never keeps the answer back: what cannot be seen becomes a note.
"""

import time
from argparse import Namespace
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from proxyless.cli import in_cluster
from proxyless.errors import ClusterError, InputError
from proxyless.lint.why.answer import WhyAnswer
from proxyless.lint.why.concerned import objects
from proxyless.lint.why.question import Question
from proxyless.lint.why.sent import Point, Sent, points
from proxyless.lint.why.taken import Compared, Taken, Took, Whose, compare
from proxyless.lint.world import World
from proxyless.mesh.effective.call_ends import account_of, address_of
from proxyless.model.record import NamedTuple
from proxyless.model.resource import Ref

if TYPE_CHECKING:
    from proxyless.adapters.ads_node import XdsNode
    from proxyless.adapters.cluster import KubernetesApi
    from proxyless.adapters.istiods import Door, Istiod

_AGAIN, _PAUSE = 4, 0.7
"""How often istiod is asked again where it sends something else, or something is on its way, and seconds before each."""
_FRESH = 30.0
"""Seconds within which istiod may still be busy with a change: it gathers changes for up to 10 s, and then pushes."""
_REPLICAS = 5
"""Pods of istiod of which it is asked which has the client's stream."""


class SeenLive(NamedTuple):
    """What was seen."""

    istiod: Ref | None
    """The pod of istiod that was asked, None where none was."""
    revision: str
    pod: Ref | None
    """The client's pod that was looked into; None: none runs."""
    taken: Taken | None
    rows: tuple[Compared, ...]
    notes: tuple[str, ...]
    """What could not be seen, and why."""

    @property
    def wrong(self) -> bool:
        """Whether somebody is wrong; files that are not applied, and what was never dialed, are nobody's fault."""
        return any(item.whose not in (Whose.NOBODY, Whose.FILES, Whose.APPLICATION) for item in self.rows)


def live(given: Namespace, found: WhyAnswer, before: World | None) -> SeenLive:
    """Compare; ``before``: the cluster without the files that were given, None where there were none."""
    notes: list[str] = []
    try:
        import proxyless.adapters.ads  # noqa: F401, PLC0415
    except ImportError as error:
        return _unseen(
            f"not compared with istiod, which needs gRPC and the xDS protos: pip install 'proxyless[xds]' ({error})"
        )
    try:
        with in_cluster.connected(given) as cluster:
            return _Comparison(cluster, given, found.question, before, notes).made()
    except (ClusterError, InputError) as error:
        return _unseen(*notes, f"not compared with what istiod sends: {error}")


def _unseen(*notes: str) -> SeenLive:
    return SeenLive(None, "", None, None, (), notes)


class _Comparison:
    """One comparison."""

    def __init__(
        self, cluster: "KubernetesApi", given: Namespace, question: Question, before: World | None, notes: list[str]
    ) -> None:
        self._cluster = cluster
        self._given = given
        self._question = question
        self._before = before
        self._notes = notes
        self._blamed: tuple[Whose, str] | None = None

    def made(self) -> SeenLive:
        from proxyless.adapters import istiods, running  # noqa: PLC0415  extras

        workload, settings = self._question.workload, self._question.world.settings
        pods = running.pods_of(self._cluster, workload.ref)
        pod = pods[0] if pods else None
        if pod is None:
            self._notes.append(f"no pod of {workload.ref} runs: nothing took what istiod would send")
        elif len(pods) > 1:
            self._notes.append(f"{in_cluster.name_of(pod)} is one of {len(pods)} pods")
        node = istiods.node_of(pod, settings.domain) if pod else _node(self._question)
        found = istiods.find(self._cluster, workload.namespace, pod, root_namespace=settings.root_namespace)
        account = Ref("ServiceAccount", workload.namespace, account_of(workload))
        own = self._own(pod)
        chosen = self._chosen(found, account, node, pod, own)
        with istiods.open_door(self._cluster, found, chosen, account) as door:
            if door.note:
                self._notes.append(door.note)
            rows, taken = self._until_settled(door, node, pod, own)
        name = in_cluster.name_of(pod) if pod else None
        return SeenLive(chosen, found.revision, name, taken, rows, tuple(self._notes))

    def _own(self, pod: dict[str, Any] | None) -> Taken | None:
        """What the application says itself; None where it does not."""
        from proxyless.adapters import pod_state  # noqa: PLC0415  extras

        if pod is None:
            return None
        try:
            return pod_state.of_application(self._cluster, pod, self._given.admin_port)
        except (ClusterError, InputError) as error:
            self._note(f"the application does not say what it took: {error}")
            return None

    def _chosen(
        self, found: "Istiod", account: Ref, node: "XdsNode", pod: dict[str, Any] | None, own: Taken | None
    ) -> Ref:
        """The pod of istiod that the client is connected to, as far as that shows, else the first."""
        from proxyless.adapters import istiods  # noqa: PLC0415  extras

        if own is None and pod is not None and len(found.pods) > 1:
            for item in found.pods[:_REPLICAS]:
                with istiods.open_door(self._cluster, found, item, account) as door:
                    if self._recorded(door, node, pod) is not None:
                        return item
        return found.pods[0]

    def _recorded(self, door: "Door", node: "XdsNode", pod: dict[str, Any]) -> Taken | None:
        from proxyless.adapters import pod_state, syncz  # noqa: PLC0415  extras

        streams = syncz.ask(door.address, node, door.proof)
        return pod_state.by_record(streams, pod["metadata"]["name"], pod["metadata"]["namespace"])

    def _taken(self, door: "Door", node: "XdsNode", pod: dict[str, Any] | None, own: Taken | None) -> Taken | None:
        from proxyless.adapters import pod_state  # noqa: PLC0415  extras

        if pod is None:
            return None
        if own is not None:
            return self._own(pod) or own
        if not door.is_secure:
            return None
        try:
            return self._recorded(door, node, pod) or pod_state.NO_STREAM
        except ClusterError as error:
            self._note(f"istiod does not tell what its clients took: {error}")
            return None

    def _until_settled(
        self, door: "Door", node: "XdsNode", pod: dict[str, Any] | None, own: Taken | None
    ) -> tuple[tuple[Compared, ...], Taken | None]:
        """The comparison, made again while something is on its way."""
        rows, taken = self._rows(door, node, pod, own)
        for _ in range(_AGAIN):
            waits = any(item.state.took in (Took.PENDING, Took.OLDER) for item in rows)
            if not waits and all(item.whose not in (Whose.ISTIOD, Whose.CALCULATION) for item in rows):
                break
            time.sleep(_PAUSE)
            rows, taken = self._rows(door, node, pod, own)
        return rows, taken

    def _rows(
        self, door: "Door", node: "XdsNode", pod: dict[str, Any] | None, own: Taken | None
    ) -> tuple[tuple[Compared, ...], Taken | None]:
        from proxyless.adapters.ads import Observer  # noqa: PLC0415  gRPC is an extra

        with Observer(door.address, node, door.proof) as observer:
            seen = observer.observe([self._question.dialed])
        sent = Sent(seen.listeners, seen.routes, seen.clusters, seen.endpoints)
        taken = self._taken(door, node, pod, own)
        applied = set(self._applied(sent))

        def blamed(point: Point) -> tuple[Whose, str]:
            if (point.topic, point.name) in applied:
                return Whose.FILES, "the files that were given are not applied"
            return self._whose()

        return compare(self._question, sent, taken, blamed), taken

    def _applied(self, sent: Sent) -> Iterator[tuple[str, str]]:
        """Points that agree with the cluster as it is, without the files."""
        if self._before is not None:
            question = self._question
            as_it_is = Question(self._before, question.workload, question.dialed, question.call)
            for point in points(as_it_is, sent):
                if not point.differs:
                    yield point.topic, point.name

    def _whose(self) -> tuple[Whose, str]:
        """Whose it is where istiod sends something else: its own while a change is fresh, else ours."""
        from proxyless.adapters import changes  # noqa: PLC0415  an extra

        if self._blamed is None:
            found = objects(self._question)
            last = changes.newest(self._cluster, (item.ref for item in (*found.client, *found.server)))
            if last is not None and last.seconds < _FRESH:
                said = f"{last.ref} changed {last.seconds:.0f} s ago, and istiod has not taken it up yet: ask again"
                self._blamed = Whose.ISTIOD, said
            else:
                said = "nothing here changed of late, so istiod is right and the calculation is wrong: please report it"
                self._blamed = Whose.CALCULATION, said
        return self._blamed

    def _note(self, words: str) -> None:
        if words not in self._notes:
            self._notes.append(words)


def _node(question: Question) -> "XdsNode":
    """Of a client without a running pod."""
    from proxyless.adapters.ads_node import XdsNode  # noqa: PLC0415  gRPC is an extra

    workload = question.workload
    node = XdsNode(
        workload.namespace,
        labels={str(name): str(value) for name, value in workload.labels.items()},
        service_account=account_of(workload),
        domain=question.mesh.options.domain,
    )
    address = address_of(workload)
    return replace(node, ip=address) if address else node
