"""Removes our conditions from all Istio resources, so that an uninstall leaves no trace. Called by ``controller.main``.

Entries of others stay. To be run after the operator is gone, else it writes them anew.
"""

import logging
from http import HTTPStatus

from proxyless.adapters.cluster import KubernetesApi
from proxyless.controller.relevant import CONDITION_KINDS
from proxyless.controller.route_status import is_ours
from proxyless.errors import ClusterError
from proxyless.model.kinds import KINDS, WATCHED
from proxyless.model.resource import Ref, mapping, sequence
from proxyless.report.condition import TYPE

log = logging.getLogger(__name__)

_TRIES = 5


def remove_conditions(cluster: KubernetesApi) -> tuple[int, list[str]]:
    """Removes our conditions; returns how many, and an error message for each that could not be removed."""
    removed, failures = 0, []
    for kind in (kind for kind in WATCHED if kind in CONDITION_KINDS):  # those that the operator has rights for
        try:
            bodies = cluster.list(kind).bodies
        except ClusterError as error:
            if error.status != HTTPStatus.NOT_FOUND:
                failures.append(f"{kind}: {error}")
            continue
        for body in bodies:
            metadata = mapping(body.get("metadata"))
            ref = Ref(kind, str(metadata.get("namespace", "")), str(metadata.get("name", "")))
            try:
                removed += _remove(cluster, ref, body)
            except ClusterError as error:
                failures.append(f"{ref}: {error}")
    return removed, failures


def _remove(cluster: KubernetesApi, ref: Ref, body: dict[str, object]) -> bool:
    for _ in range(_TRIES):
        field = "parents" if KINDS[ref.kind].by_parent else "conditions"
        present = sequence(mapping(body.get("status")).get(field))
        kept = [entry for entry in present if not is_ours(entry) and mapping(entry).get("type") != TYPE]
        if len(kept) == len(present):
            return False
        version = str(mapping(body.get("metadata")).get("resourceVersion", ""))
        try:
            cluster.patch_status(ref, {field: kept}, version=version)
        except ClusterError as error:
            if error.status == HTTPStatus.NOT_FOUND:
                return False
            if error.status != HTTPStatus.CONFLICT:
                raise
            body = cluster.get(ref)
            continue
        return True
    raise ClusterError("changes faster than its status can be written", status=HTTPStatus.CONFLICT)
