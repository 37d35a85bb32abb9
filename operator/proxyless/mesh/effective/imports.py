"""One egress listener of a Sidecar: which hosts of which namespaces it imports. Pure; used by ``scope``.

Source: ``convertIstioListenerToWrapper``, ``hostClassification`` and ``SelectVirtualServices`` in istiod's ``pilot/pkg/model``.
"""

from collections.abc import Iterable

from proxyless.model.path import FieldPath
from proxyless.model.record import NamedTuple
from proxyless.model.resource import mapping, sequence

_ANY = "*"
_OUT = "~"


def overlap(one: str, other: str) -> bool:
    """Whether two hosts or wildcards can mean the same host: either covers the other."""
    return within(one, other) or within(other, one)


def within(host: str, pattern: str) -> bool:
    """Whether a pattern covers every host that a host or wildcard means."""
    if not pattern.startswith("*"):
        return host == pattern
    if host.startswith("*"):
        return len(host) >= len(pattern) and host[1:].endswith(pattern[1:])
    return host.endswith(pattern[1:])


class _Entry(NamedTuple):
    name: str
    path: FieldPath


class Imports:
    """``hosts`` of one ``egress`` entry.

    Args:
        entry: the entry; an empty one imports everything, as where no Sidecar counts.
        namespace: the client's, for ``./``.
        path: of the entry in the Sidecar.
    """

    __slots__ = ("_in", "_out", "is_exact", "path", "port", "proxies_http")

    def __init__(self, entry: dict[str, object], namespace: str, path: FieldPath = ()) -> None:
        self.path = path
        port = mapping(entry.get("port"))
        number = port.get("number")
        proxies = str(port.get("protocol") or "").upper() == "HTTP_PROXY"
        self.port = number if isinstance(number, int) and number else None
        """Port of the listener; None: it is the listener of all ports."""
        self.proxies_http = bool(self.port) and proxies
        self._in: dict[str, list[_Entry]] = {}
        self._out: dict[str, list[_Entry]] = {}
        self.is_exact = True
        """Whether each host is written out, with a namespace: then istiod looks each one up by itself."""
        for index, written in enumerate(sequence(entry.get("hosts"))):
            self._add(str(written), namespace, (*path, "hosts", index))

    def _add(self, written: str, own: str, path: FieldPath) -> None:
        namespace, slash, name = written.partition("/")
        if not slash or "/" in name:
            return
        out = namespace.startswith(_OUT)
        if out:
            namespace = namespace[1:] or _ANY
        namespace = own if namespace == "." else namespace
        (self._out if out else self._in).setdefault(namespace, []).append(_Entry(name, path))
        if not out and (name.startswith("*") or namespace == _ANY):
            self.is_exact = False

    def takes_out(self, host: str, namespace: str) -> FieldPath | None:
        """The entry ``~namespace/host`` that takes a host out again, None: there is none."""
        entries = (*self._out.get(namespace, ()), *self._out.get(_ANY, ()))
        return next((entry.path for entry in entries if within(host, entry.name)), None)

    def service(self, host: str, namespace: str) -> FieldPath | None:
        """The entry that imports a Service's host, None: none does."""
        if self.takes_out(host, namespace) is not None:
            return None
        return self._find(host, namespace, both_ways=False)

    def further_domain(self, alias: str, host: str, namespace: str) -> bool:
        """Whether an ExternalName comes in with the host that it names: the entries that import that must cover it too."""
        for where in (namespace, _ANY):
            entries = self._in.get(where, ())
            if any(within(host, entry.name) for entry in entries):
                return any(within(alias, entry.name) for entry in entries)
        return False

    def may_import(self, host: str, namespace: str | None) -> bool:
        """Whether an entry would import a host that somebody registers, in whichever namespace where that is not known."""
        if namespace is not None:
            return self.service(host, namespace) is not None
        if any(within(host, entry.name) for entry in self._out.get(_ANY, ())):
            return False
        return any(within(host, entry.name) for entries in self._in.values() for entry in entries)

    def virtual_service(self, hosts: Iterable[str], namespace: str, *, both_ways: bool = True) -> FieldPath | None:
        """The entry that imports a VirtualService through one of its hosts, None: none does.

        ``both_ways``: a wildcard host is imported by a host that it covers too; not so for Gateway API routes.
        """
        for host in hosts:
            path = self._find(host, namespace, both_ways=both_ways)
            if path is not None and self.takes_out(host, namespace) is None:
                return path
        return None

    def _find(self, host: str, namespace: str, *, both_ways: bool) -> FieldPath | None:
        for where in (namespace, _ANY):
            for entry in self._in.get(where, ()):
                if within(host, entry.name) or (both_ways and within(entry.name, host)):
                    return entry.path
        return None


EVERYTHING: dict[str, object] = {"hosts": ["*/*"]}
"""The egress entry of a client that no Sidecar restricts."""
