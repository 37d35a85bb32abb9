"""What a pod shows to injection, as bytes: two pods with the same bytes get the same patch, but for nothing at all.

Pods of one ReplicaSet differ only in what injection never reads: ids, times, who wrote which field, the node that a DaemonSet
wants, and the random name of the volume with the service account's token. Called by ``webhook.pod_answers``, which keeps
answers by these bytes. What is left out stands in the lists below; all else counts, read or not, so that a new reader of
some field needs no change here.
"""

import re
from typing import Any

import orjson

from proxyless.mesh.pod import keys
from proxyless.model.record import NamedTuple
from proxyless.model.resource import mapping, sequence

UNREAD_METADATA = frozenset({"uid", "creationTimestamp", "managedFields", "resourceVersion", "generation", "selfLink"})
UNREAD_SPEC = frozenset({"affinity"})
"""Members that no part of injection reads or writes below; a property test holds that."""
LARGEST = 64 * 1024
"""Bytes of a likeness that is worth keeping: pods with more are rare, and memory is shared by all."""
_TOKEN_VOLUME = re.compile(r"kube-api-access-[a-z0-9]{5}\Z", re.ASCII)
"""The API server's own name for it; the last five characters are drawn for each pod."""
_HOLE = b"\x00"
"""Stands where that name stood: a byte that JSON never holds."""
_BY_VOLUME_NAME = (keys.USER_VOLUME, keys.USER_VOLUME_MOUNT)
"""Annotations that may name a volume in another way of writing than its own."""


class Likeness(NamedTuple):
    """What was read of a pod."""

    text: bytes
    volume: str
    """Name that was taken out of the text; an answer that holds it holds for this pod alone. Empty: none was."""


def likeness(pod: dict[str, Any]) -> Likeness | None:
    """The part of a raw pod that decides its injection; None: it is too large to keep."""
    metadata, spec = pod.get("metadata"), pod.get("spec")
    if not isinstance(metadata, dict) or not isinstance(spec, dict):
        return _whole(pod)
    reduced = {**pod, "metadata": _without(metadata, UNREAD_METADATA), "spec": _without(spec, UNREAD_SPEC)}
    whole = _whole(reduced)
    volume = _token_volume(spec)
    if whole is None or not volume or any(key in mapping(metadata.get("annotations")) for key in _BY_VOLUME_NAME):
        return whole
    name = volume.encode()
    if whole.text.count(name) != _places(spec, volume):
        return whole  # something else has this name, too: it may count there
    return Likeness(whole.text.replace(name, _HOLE), volume)


def _whole(pod: dict[str, Any]) -> Likeness | None:
    try:
        text = orjson.dumps(pod)
    except TypeError:  # deeper than it writes
        return None
    return Likeness(text, "") if len(text) <= LARGEST else None


def _without(holder: dict[str, Any], left_out: frozenset[str]) -> dict[str, Any]:
    return {key: value for key, value in holder.items() if key not in left_out}


def _token_volume(spec: dict[str, Any]) -> str:
    """Name of the volume with the token; empty where there is none, or more than one."""
    names = (volume.get("name") for volume in sequence(spec.get("volumes")) if isinstance(volume, dict))
    found = [name for name in names if isinstance(name, str) and _TOKEN_VOLUME.match(name)]
    return found[0] if len(found) == 1 else ""


def _places(spec: dict[str, Any], volume: str) -> int:
    """How often its name stands where a volume's name stands: once in the list, and in each mount."""
    mounts = (
        mount
        for group in ("containers", "initContainers", "ephemeralContainers")
        for container in sequence(spec.get(group))
        for mount in sequence(mapping(container).get("volumeMounts"))
    )
    return 1 + sum(1 for mount in mounts if mapping(mount).get("name") == volume)
