"""What the application of a pod took from istiod: by its own word where it serves CSDS, else by istiod's record of its streams.

Called by ``cli.compare``. Needs the extras ``cluster`` and ``xds``.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from proxyless.adapters import admin_port, csds, syncz
from proxyless.adapters.cluster import KubernetesApi
from proxyless.lint.why.sent import Sent
from proxyless.lint.why.taken import BY_APPLICATION, BY_ISTIOD, Taken, TakenState, Took

_STATES = {"ACKED": Took.ACCEPTED, "DOES_NOT_EXIST": Took.ACCEPTED, "NACKED": Took.REJECTED}
_STATUS = {syncz.SYNCED: Took.ACCEPTED, syncz.ERROR: Took.REJECTED, syncz.STALE: Took.PENDING}
_INTO = ("Listener", "RouteConfiguration", "Cluster", "ClusterLoadAssignment")


def of_application(cluster: KubernetesApi, pod: Mapping[str, Any], port: int) -> Taken | None:
    """By CSDS; None where no port is given and none has a name that tells of it.

    Raises:
        ClusterError: the port cannot be reached.
        InputError: it does not serve CSDS.
    """
    for number in [port] if port else admin_port.named(pod):
        return by_csds(admin_port.ask(cluster, pod, number).applications)
    return None


def by_csds(applications: Sequence[csds.XdsClientStatus]) -> Taken:
    """What an application says of all its xDS clients; a rejection counts before an acceptance of the same name."""
    named: dict[tuple[str, str], TakenState] = {}
    contents: dict[str, dict[str, Any]] = {kind: {} for kind in _INTO}
    for item in applications:
        for one in item.resources:
            key = one.kind, one.name
            took = _STATES.get(one.state, Took.PENDING)
            shown = key in item.contents or one.state == "DOES_NOT_EXIST"
            if key not in named or took is Took.REJECTED:
                named[key] = TakenState(took, one.error, shown)
            if key in item.contents and one.kind in contents:
                contents[one.kind][one.name] = item.contents[key]
    return Taken(BY_APPLICATION, named, {}, Sent(*(contents[kind] for kind in _INTO)))


def by_record(streams: Iterable[syncz.XdsStream], name: str, namespace: str) -> Taken | None:
    """What istiod's record tells of a pod; None where it has no stream of it."""
    own = [item for item in streams if item.pod == f"{name}.{namespace}"]
    if not own:
        return None
    types: dict[str, tuple[TakenState, ...]] = {}
    for stream in own:
        for item in stream.states:
            took = _STATUS.get(item.status)
            if took is not None:
                types[item.kind] = (*types.get(item.kind, ()), TakenState(took, item.error))
    return Taken(BY_ISTIOD, {}, types)


NO_STREAM = Taken(BY_ISTIOD, {}, {})
"""Of a pod that has no stream to istiod: it has asked for nothing."""
