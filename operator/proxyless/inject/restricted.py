"""Security context of the agent, which Istio's template leaves out. Used by both modes.

It passes the Pod Security Standard "restricted". The user is Istio's sidecar user 1337, given by number and not left to
the image: one variant of the image has no user and would run as root, the other has 65532. Neither number matters to
the agent, since every folder that it writes is an emptyDir and everything else may be read by all; hence the read-only
root. OpenShift gives each namespace a range of users: there the last of the range is taken, as Istio does.
"""

from typing import Any

from proxyless.inject.settings import InjectionSettings
from proxyless.mesh.pod import keys
from proxyless.mesh.pod.surroundings import Namespace


def restricted(settings: InjectionSettings, namespace: Namespace) -> dict[str, Any]:
    """A security context that passes "restricted", as a new object."""
    uids = namespace.annotations.get(keys.OPENSHIFT_UIDS)
    groups = namespace.annotations.get(keys.OPENSHIFT_GROUPS, uids)
    user, group = settings.run_as_user, settings.run_as_group
    return {
        "allowPrivilegeEscalation": False,
        "privileged": False,
        "capabilities": {"drop": ["ALL"]},
        "readOnlyRootFilesystem": True,
        "runAsNonRoot": True,
        "runAsUser": _last(uids, user),
        "runAsGroup": _last(groups.split(",")[0] if groups else None, group),
        "seccompProfile": {"type": "RuntimeDefault"},
    }


def _last(block: str | None, default: int) -> int:
    """The last number of ``first/count`` or ``first-last``."""
    if block is None:
        return default
    first, slash, count = block.partition("/")
    if not slash:
        first, _, count = block.partition("-")
    if not (first.isascii() and count.isascii() and first.isdigit() and count.isdigit()):
        return default
    return int(first) + int(count) - 1 if slash else int(count)
