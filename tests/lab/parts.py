"""The real binaries: which there are, what pins them, and where one is found.

`binary(name)` looks in this order: the folder in KUBEBUILDER_ASSETS, then the cache
`$XDG_CACHE_HOME/proxyless/bin` (default `~/.cache`), else `lab.build` builds it into that cache from the Go module that
pins it. A binary in the cache counts only if the stamp beside it matches what it would be built from now; PATH is never
searched, since a version found by chance would make results differ between machines.
"""

import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lab.errors import LabError

MODULES = Path(__file__).parent / "modules"
KUBERNETES_VERSION = "v1.36.3"
ISTIO_VERSION = "1.31.0"
_FIRST_OF_KUBERNETES = "kube-apiserver"
_STRIP = "-s -w"
_KUBERNETES = f"{_STRIP} -X k8s.io/component-base/version.gitVersion={KUBERNETES_VERSION}"
_ISTIO = f"{_STRIP} -X istio.io/istio/pkg/version.buildVersion={ISTIO_VERSION}"


@dataclass(frozen=True)
class Part:
    """One binary: the module that pins it, its main package, its linker flags and how long a cold build takes."""

    name: str
    module: str
    package: str
    ldflags: str
    cold_seconds: int
    """Measured on 2 cores with nothing cached, module downloads included, all parts in the order of PARTS, beside other work."""
    flags: tuple[str, ...] = ()
    """More flags of `go build`, such as another go.mod."""
    kubernetes: bool = False
    """Whether it is compiled from much that kube-apiserver is compiled from, too: cheap only after that one."""

    @property
    def folder(self) -> Path:
        """Where the go.mod that pins this part lives."""
        return MODULES / self.module

    def key(self) -> str:
        """Hash of all that decides what a build gives: go.mod, go.sum, package and flags."""
        digest = hashlib.sha256()
        for file in ("go.mod", "go.sum"):
            digest.update((self.folder / file).read_bytes())
        digest.update(f"{self.package}\n{self.ldflags}".encode())
        if self.package == ".":  # a program of the lab itself: its source counts, and any other go.mod beside it
            for source in sorted((*self.folder.glob("*.go"), *self.folder.glob("go.*"))):
                digest.update(source.read_bytes())
        return digest.hexdigest()


def _kubernetes(name: str, seconds: int) -> Part:
    return Part(name, "cluster", f"k8s.io/kubernetes/cmd/{name}", _KUBERNETES, seconds, kubernetes=True)


def _istio(name: str, folder: str, seconds: int) -> Part:
    return Part(name, "cluster", f"istio.io/istio/{folder}/cmd/{name}", _ISTIO, seconds, kubernetes=True)


def _containerd(name: str, seconds: int) -> Part:
    return Part(name, "containerd", f"github.com/containerd/containerd/v2/cmd/{name}", _STRIP, seconds)


PARTS = {
    part.name: part
    for part in (
        Part("etcd", "cluster", "go.etcd.io/etcd/server/v3", _STRIP, 42),
        _kubernetes("kube-apiserver", 174),
        _kubernetes("kubectl", 20),
        _kubernetes("kube-controller-manager", 49),
        _kubernetes("kube-scheduler", 5),
        _istio("pilot-discovery", "pilot", 156),
        _istio("istioctl", "istioctl", 37),
        _istio("pilot-agent", "pilot", 26),
        Part("kwok", "cluster", "sigs.k8s.io/kwok/cmd/kwok", _STRIP, 23, kubernetes=True),
        _kubernetes("kubelet", 36),
        _kubernetes("kube-proxy", 6),
        Part("coredns", "cluster", "github.com/coredns/coredns", _STRIP, 103, kubernetes=True),
        _containerd("containerd", 165),
        _containerd("containerd-shim-runc-v2", 3),
        _containerd("ctr", 8),
        Part("pause", "../programs/pause", ".", _STRIP, 1),
        Part("echo-go", "../programs/echo_go", ".", _STRIP, 58),
        Part("echo-go-old", "../programs/echo_go", ".", _STRIP, 62, ("-modfile=go.old.mod", "-tags=grpcold")),
        Part("echo-kitex", "../programs/echo_kitex", ".", _STRIP, 125),
        Part("promql", "../programs/promql", ".", _STRIP, 60),
    )
}
"""Every part, in the order in which they are needed and built."""

_SHARED_SECONDS = 200
"""What the first part with `kubernetes` takes longer where kube-apiserver was not compiled before it: kubelet alone took
3 min 52 s instead of 36 s, pilot-discovery alone 8 min on a slower hour."""

ALWAYS = ("etcd", "kube-apiserver", "kubectl")
"""What no `ControlPlane` can do without; envtest's assets have just these."""

CONTROL_PLANE = (*ALWAYS, "kube-controller-manager", "kube-scheduler")
"""What `ControlPlane` runs unless it is told to leave some out."""


def cache() -> Path:
    """Folder of the lab in the user's cache folder."""
    root = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(root).expanduser() / "proxyless"


def binary(name: str) -> Path:
    """Path of one real binary, built first if need be (minutes; progress goes to stderr).

    Raises PartError if it cannot be built; its text names the part, the command and the remedy.
    """
    return binaries(name)[name]


def binaries(*names: str) -> dict[str, Path]:
    """Paths of several binaries by name; what is missing is built in one go, in the order of PARTS."""
    if unknown := set(names) - set(PARTS):
        raise LabError(f"no such part: {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    found = {name: path for name in names if (path := find(PARTS[name]))}
    missing = [part for part in PARTS.values() if part.name in names and part.name not in found]
    if missing:
        from lab.build import build  # noqa: PLC0415  # builds import this module's table

        build(missing)
        found |= {part.name: cached(part) for part in missing}
    return found


def estimates(missing: Sequence[Part]) -> dict[str, float]:
    """Seconds that each of these parts takes where nothing is cached, built in this order."""
    seconds: dict[str, float] = {part.name: part.cold_seconds for part in missing}
    first = next((part.name for part in missing if part.kubernetes), "")
    if first and first != _FIRST_OF_KUBERNETES and not is_current(PARTS[_FIRST_OF_KUBERNETES]):
        seconds[first] += _SHARED_SECONDS
    return seconds


def find(part: Part) -> Path | None:
    """Where a part is that can be used as it is, or None."""
    if assets := os.environ.get("KUBEBUILDER_ASSETS"):
        given = Path(assets) / part.name
        if os.access(given, os.X_OK):
            return given
    return cached(part) if is_current(part) else None


def cached(part: Part) -> Path:
    """Place of a part in the cache, whether it is there or not."""
    return cache() / "bin" / part.name


def stamp_of(part: Part) -> Path:
    """Place of the stamp that says what the cached binary was built from."""
    return cached(part).with_name(f"{part.name}.stamp")


def is_current(part: Part) -> bool:
    """Whether the cached binary is what a build would give now, and whole."""
    try:
        stamp = json.loads(stamp_of(part).read_text())
        size = cached(part).stat().st_size
    except (OSError, ValueError):
        return False
    return bool(stamp.get("key") == part.key() and stamp.get("size") == size)
