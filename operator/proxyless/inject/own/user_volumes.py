"""Volumes and mounts that a pod's annotations ask for the agent: only what the API server will accept. Called by ``volumes``.

``sidecar.istio.io/userVolume`` may hold anything, and one wrong value would make the API server refuse the pod. Kinds of
volumes that can be checked here are taken, all others belong into ``spec.volumes`` of the pod, where kubectl checks them.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

from proxyless.inject.own.rendering import Rendering
from proxyless.mesh.pod import keys
from proxyless.model import forms

VolumeCheck = Callable[[Any], bool]


def user_volumes(work: Rendering, taken: set[str]) -> dict[str, dict[str, Any]]:
    """Source of each volume that the annotation asks for, by name; ``taken``: names that are in use already."""
    found = {}
    for name, source in _asked(work, keys.USER_VOLUME).items():
        if reason := forms.DNS_LABEL.wrong(name):
            _refuse(work, keys.USER_VOLUME, reason)
        elif name in taken:
            _refuse(work, keys.USER_VOLUME, f"the pod has a volume {name} already")
        elif reason := _wrong_source(source):
            _refuse(work, keys.USER_VOLUME, f"{name}: {reason}")
        else:
            found[name] = source
    return found


def user_mounts(work: Rendering, volumes: set[str], taken: set[str]) -> list[dict[str, Any]]:
    """Mounts that the annotation asks for; ``volumes``: those that there will be; ``taken``: paths in use already."""
    mounts = []
    for name, mount in _asked(work, keys.USER_VOLUME_MOUNT).items():
        path = mount.get("mountPath")
        if name not in volumes:
            _refuse(work, keys.USER_VOLUME_MOUNT, f"the pod has no volume {name[:63]}")
        elif not (isinstance(path, str) and path and ":" not in path) or path in taken:
            _refuse(work, keys.USER_VOLUME_MOUNT, f"{name}: mountPath must be a path that nothing is mounted at")
        elif wrong := [key for key, value in mount.items() if key not in _MOUNT or not _MOUNT[key](value)]:
            _refuse(work, keys.USER_VOLUME_MOUNT, f"{name}: {', '.join(sorted(wrong))[:60]} cannot be used")
        else:
            taken.add(path)
            mounts.append({"name": name} | {key: value for key, value in mount.items() if key != "name"})
    return mounts


def _refuse(work: Rendering, key: str, reason: str) -> None:
    text = "".join(char if char.isprintable() else "?" for char in reason)
    work.warn(f"{key}: {text[:140]}; it does not count")


def _asked(work: Rendering, key: str) -> dict[str, dict[str, Any]]:
    """A JSON annotation that maps names of volumes to their settings."""
    text = work.pod.annotations.get(key)
    if text is None:
        return {}
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict) or not all(isinstance(value, dict) for value in found.values()):
        work.warn(f'{key} is no JSON such as {{"name": {{...}}}}, and does not count')
        return {}
    return found


def _wrong_source(source: Mapping[str, Any]) -> str:
    if len(source) != 1:
        return "one kind of volume is needed, such as emptyDir"
    ((kind, fields),) = source.items()
    known = _SOURCES.get(kind)
    if known is None:
        return f"{kind[:30]} cannot be checked here; write this volume into spec.volumes of the pod"
    required, optional = known
    if not isinstance(fields, dict) or not all(key in fields for key in required):
        return f"{kind} needs {', '.join(required) or 'a map'}"
    checks = required | optional
    wrong = sorted(key for key, value in fields.items() if key not in checks or not checks[key](value))
    return f"{kind}.{wrong[0][:30]} cannot be used" if wrong else ""


def _flag(value: object) -> bool:
    return isinstance(value, bool)


def _text(value: object) -> bool:
    return isinstance(value, str)


def _path(value: object) -> bool:
    return isinstance(value, str) and bool(value) and ".." not in value.split("/")


def _below(value: object) -> bool:
    """A path below the volume's root."""
    return value == "" or (_path(value) and not str(value).startswith("/"))


def _bits(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 0o777  # noqa: PLR2004  file modes


def _driver(value: object) -> bool:
    return forms.DOMAIN.fits(value) and len(str(value)) <= 63  # noqa: PLR2004  a driver's longest name


def _texts(value: object) -> bool:
    return isinstance(value, dict) and all(isinstance(item, str) for item in value.values())


_HOST_PATHS = ("", "DirectoryOrCreate", "Directory", "FileOrCreate", "File", "Socket", "CharDevice", "BlockDevice")
_SOURCES: dict[str, tuple[dict[str, VolumeCheck], dict[str, VolumeCheck]]] = {
    "emptyDir": ({}, {"medium": lambda value: value in ("", "Memory"), "sizeLimit": forms.QUANTITY.fits}),
    "configMap": ({"name": forms.DOMAIN.fits}, {"optional": _flag, "defaultMode": _bits}),
    "secret": ({"secretName": forms.DOMAIN.fits}, {"optional": _flag, "defaultMode": _bits}),
    "hostPath": ({"path": _path}, {"type": lambda value: value in _HOST_PATHS}),
    "persistentVolumeClaim": ({"claimName": forms.DOMAIN.fits}, {"readOnly": _flag}),
    "csi": ({"driver": _driver}, {"readOnly": _flag, "volumeAttributes": _texts}),
}
"""Kinds of volumes, each with its fields that must be there and those that may."""
_MOUNT: dict[str, VolumeCheck] = {
    "name": _text,
    "mountPath": _text,
    "readOnly": _flag,
    "subPath": _below,
    "mountPropagation": lambda value: value in ("None", "HostToContainer"),
}
