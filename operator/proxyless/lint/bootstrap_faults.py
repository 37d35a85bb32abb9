"""What is wrong in a gRPC xDS bootstrap that leads to istiod or to the agent. Pure.

The one reading of it: PX805 tells of those faults that stop calls of a pod, ``proxyless bootstrap`` of all. Evidence: node ids and
metadata in istio's ``pilot/pkg/model``, bootstrap readers of the gRPC libraries, and what was run with istiod.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from proxyless.mesh.pod.bootstrap import Plane
from proxyless.model.client import Language
from proxyless.model.finding import Severity
from proxyless.model.path import FieldPath
from proxyless.model.record import NamedTuple
from proxyless.model.resource import mapping, sequence

PLAINTEXT, TLS = "15010", "15012"
"""Ports of istiod."""
TEMPLATE = "server_listener_resource_name_template"
_ID_PARTS = 4
_CREDENTIALS = ("google_default", "insecure", "tls")
_FILES = ("certificate_file", "private_key_file", "ca_certificate_file")

Mounted = Callable[[str], bool]
"""Whether a file can be there, for all that is known of a pod's volumes."""


class BootstrapFault(NamedTuple):
    """One fault."""

    name: str
    """In one word, for those that pick some."""
    path: FieldPath
    """Where in the bootstrap; of what is missing its place."""
    said: str
    """What it does, as the rest of a sentence about the bootstrap, without its end."""
    remedy: str
    severity: Severity = Severity.ERROR
    applies: str = ""
    """A condition that is not known; empty: it certainly applies."""


class BootstrapReader(NamedTuple):
    """Who reads a bootstrap, as far as it is known."""

    language: Language | None = None
    serves: bool | None = None
    """Whether it is an xDS server."""
    namespace: str = ""
    """Of the pod; empty: not known."""
    mounted: Mounted | None = None


def faults(content: Mapping[str, Any], plane: Plane, uri: str, reader: BootstrapReader) -> Iterator[BootstrapFault]:
    """All faults, the deciding ones first.

    Args:
        content: the bootstrap.
        plane: whose server it names.
        uri: of its first server.
        reader: who reads it.
    """
    yield from _servers(content)
    if plane in ("istiod", "agent", "unknown"):
        yield from generator(content)
        yield from credentials(content, uri)
        yield from provider(content)
        yield from server_template(content, serves=reader.serves)
        yield from _node(content, reader)
        yield from _provider_files(content, reader)


def generator(content: Mapping[str, Any]) -> Iterator[BootstrapFault]:
    """``GENERATOR``, by which istiod chooses what it sends."""
    found = mapping(mapping(content.get("node")).get("metadata")).get("GENERATOR")
    if found != "grpc":
        said = f"says GENERATOR: {found}" if found else "has no GENERATOR"
        yield BootstrapFault(
            "generator",
            ("node", "metadata", "GENERATOR"),
            f"leads to istiod, and its node.metadata {said}: istiod answers as to an Envoy, and no target is found",
            'Write "GENERATOR": "grpc" into node.metadata.',
        )


def credentials(content: Mapping[str, Any], uri: str) -> Iterator[BootstrapFault]:
    """Credentials and port, which must fit."""
    port = uri.rpartition(":")[2]
    server = next((mapping(item) for item in sequence(content.get("xds_servers"))), {})
    kind = next((str(mapping(item).get("type")) for item in sequence(server.get("channel_creds"))), "")
    path = ("xds_servers", 0, "channel_creds")
    if port == TLS and kind == "insecure":
        said = f"asks istiod's port {TLS} in plaintext, which speaks TLS: the stream never opens"
        remedy = f"Use tls credentials with a certificate or token, or port {PLAINTEXT}."
        yield BootstrapFault("credentials", path, said, remedy)
    elif port == PLAINTEXT and kind == "tls":
        said = f"asks istiod's port {PLAINTEXT} with TLS, which speaks plaintext: the stream never opens"
        yield BootstrapFault("credentials", path, said, f"Use port {TLS}.")
    elif port == PLAINTEXT:
        said = "reads its configuration from istiod in plaintext: anyone on the way can read and change it"
        remedy = f"Use port {TLS} with tls credentials, or let proxyless inject the pod."
        yield BootstrapFault("credentials", path, said, remedy, Severity.WARNING)


def provider(content: Mapping[str, Any]) -> Iterator[BootstrapFault]:
    """The certificate provider that istiod's resources name."""
    if "default" not in mapping(content.get("certificate_providers")):
        yield BootstrapFault(
            "provider",
            ("certificate_providers", "default"),
            "has no certificate provider named default: clusters and listeners with mTLS are rejected",
            'Add "certificate_providers": {"default": ...} with the plugin file_watcher.',
            Severity.WARNING,
            "mTLS is asked of it or of whom it calls",
        )


def server_template(content: Mapping[str, Any], *, serves: bool | None) -> Iterator[BootstrapFault]:
    """The name that a server asks its listener by; ``serves`` None: not known."""
    written = content.get(TEMPLATE)
    remedy = f'Add "{TEMPLATE}": "xds.istio.io/grpc/lds/inbound/%s".'
    applies = "" if serves else "it is read by an xDS server"
    if not written and serves is not False:
        said = f"has no {TEMPLATE}: an xDS server cannot start with it"
        yield BootstrapFault(
            "server_template", (TEMPLATE,), said, remedy, Severity.ERROR if serves else Severity.WARNING, applies
        )
    elif written and written != "xds.istio.io/grpc/lds/inbound/%s" and serves is not False:
        said = f"asks for server listeners as {written}, a name that istiod does not know"
        yield BootstrapFault("server_name", (TEMPLATE,), said, remedy.replace("Add", "Write"), applies=applies)


def _servers(content: Mapping[str, Any]) -> Iterator[BootstrapFault]:
    listed = sequence(content.get("xds_servers"))
    if not listed:
        said = "names no server: every target fails"
        yield BootstrapFault(
            "servers",
            ("xds_servers",),
            said,
            'Write "xds_servers": [{"server_uri": "istiod.istio-system.svc:15012", ...}].',
        )
    for index, item in enumerate(listed):
        server, path = mapping(item), ("xds_servers", index)
        if not isinstance(server.get("server_uri"), str) or not server.get("server_uri"):
            said = f"has no server_uri for server {index + 1}: it cannot be read"
            yield BootstrapFault(
                "server_uri", (*path, "server_uri"), said, "Write the address, host:port or unix:///path."
            )
        kinds = [str(mapping(each).get("type")) for each in sequence(server.get("channel_creds"))]
        if not any(kind in _CREDENTIALS for kind in kinds):
            shown = f"only {', '.join(kinds)}" if kinds else "none"
            said = f"has no channel_creds for server {index + 1} that libraries know ({shown}): it cannot be read"
            remedy = f'Write one of {", ".join(_CREDENTIALS)}, e.g. "channel_creds": [{{"type": "insecure"}}] for the agent\'s socket.'
            yield BootstrapFault("channel_creds", (*path, "channel_creds"), said, remedy)
        if "xds_v3" not in sequence(server.get("server_features")):
            said = f"does not say xds_v3 for server {index + 1}: old libraries ask in a version that istiod no longer speaks"
            yield BootstrapFault(
                "xds_v3", (*path, "server_features"), said, 'Write "server_features": ["xds_v3"].', Severity.INFO
            )


def _node(content: Mapping[str, Any], reader: BootstrapReader) -> Iterator[BootstrapFault]:
    node = mapping(content.get("node"))
    metadata = mapping(node.get("metadata"))
    yield from _node_id(str(node.get("id") or ""), metadata, reader)
    if reader.language in (None, Language.NODE) and not mapping(node.get("locality")):
        yield BootstrapFault(
            "locality",
            ("node", "locality"),
            "has no node.locality: gRPC for Node.js fails every target",
            'Write "locality": {} with region and zone, empty texts where there are none.',
            Severity.ERROR if reader.language is Language.NODE else Severity.INFO,
            "" if reader.language is Language.NODE else "a Node.js application reads it",
        )
    if "PROXY_CONFIG" not in metadata:
        said = "has no PROXY_CONFIG in node.metadata: istioctl proxy-status and proxyless do not see this client among istiod's"
        yield BootstrapFault(
            "proxy_config",
            ("node", "metadata", "PROXY_CONFIG"),
            said,
            'Write "PROXY_CONFIG": {} into node.metadata.',
            Severity.INFO,
        )
    for key, effect in _METADATA.items():
        if not metadata.get(key):
            yield BootstrapFault(
                key.lower(),
                ("node", "metadata", key),
                f"has no {key} in node.metadata: {effect}",
                f'Write "{key}" into node.metadata.',
                Severity.INFO,
            )


_METADATA = {
    "NAMESPACE": "istiod takes the namespace from node.id alone",
    "CLUSTER_ID": "istiod takes the client for one of its own cluster",
    "LABELS": "no Sidecar, DestinationRule or VirtualService that selects workloads by labels reaches it",
}


def _node_id(text: str, metadata: Mapping[str, Any], reader: BootstrapReader) -> Iterator[BootstrapFault]:
    """The form that istiod reads: ``sidecar~IP~POD.NAMESPACE~NAMESPACE.svc.DOMAIN``."""
    path = ("node", "id")
    remedy = "Write sidecar~IP~POD.NAMESPACE~NAMESPACE.svc.DOMAIN."
    parts = text.split("~")
    if len(parts) != _ID_PARTS or not all(parts):
        yield BootstrapFault(
            "node_id", path, f"has the node.id {text!r}, which istiod refuses: it wants four parts", remedy
        )
        return
    kind, address, name, domain = parts
    if kind != "sidecar":
        said = f"calls itself {kind!r} in node.id: istiod sends it what it sends to gateways or to nobody"
        yield BootstrapFault("node_id", path, said, remedy)
    if not _is_address(address) and not metadata.get("INSTANCE_IPS"):
        said = (
            f"has {address!r} in node.id where istiod wants an IP address, and no INSTANCE_IPS: it refuses the stream"
        )
        yield BootstrapFault("node_id", path, said, remedy)
    namespace = domain.partition(".")[0]
    if "$" in text:
        return  # filled in when the pod starts
    known = {namespace, name.rpartition(".")[2], *([reader.namespace] if reader.namespace else [])}
    known |= (
        {str(metadata["NAMESPACE"])}
        if isinstance(metadata.get("NAMESPACE"), str) and "$" not in metadata["NAMESPACE"]
        else set()
    )
    if len(known) > 1:
        said = f"names several namespaces in node.id, node.metadata and the pod ({', '.join(sorted(known))}): istiod refuses what its certificate does not prove"
        yield BootstrapFault("node_namespace", path, said, "Write the pod's namespace in each.")


def _is_address(text: str) -> bool:
    if "$" in text:
        return True
    import ipaddress  # noqa: PLC0415  few runs need it

    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _provider_files(content: Mapping[str, Any], reader: BootstrapReader) -> Iterator[BootstrapFault]:
    for name, item in mapping(content.get("certificate_providers")).items():
        plugin, config = mapping(item).get("plugin_name"), mapping(mapping(item).get("config"))
        path = ("certificate_providers", name)
        if plugin != "file_watcher":
            said = f"asks for the plugin {plugin} in certificate_providers.{name}: libraries know file_watcher alone, and most refuse the whole bootstrap"
            yield BootstrapFault("plugin", (*path, "plugin_name"), said, "Write file_watcher.")
            continue
        yield from _files(config, (*path, "config"), name, reader)
    server = next((mapping(item) for item in sequence(content.get("xds_servers"))), {})
    for index, item in enumerate(sequence(server.get("channel_creds"))):
        config = mapping(mapping(item).get("config"))
        yield from _missing_files(config, ("xds_servers", 0, "channel_creds", index, "config"), reader)


def _files(config: Mapping[str, Any], path: FieldPath, name: str, reader: BootstrapReader) -> Iterator[BootstrapFault]:
    lacking = [key for key in _FILES if not config.get(key)]
    if ("certificate_file" in lacking) != ("private_key_file" in lacking):
        said = f"has one of certificate_file and private_key_file in certificate_providers.{name}: no library reads it"
        yield BootstrapFault("files", path, said, "Write both, or neither.")
    elif lacking:
        said = f"has no {' and no '.join(lacking)} in certificate_providers.{name}: Java refuses it, and others speak mTLS only with all three"
        yield BootstrapFault("files", path, said, "Write all three files.", Severity.WARNING)
    interval = config.get("refresh_interval")
    if interval is not None and not isinstance(interval, str):
        said = f"has refresh_interval {interval} in certificate_providers.{name}, which is no text: libraries refuse the bootstrap"
        yield BootstrapFault("interval", (*path, "refresh_interval"), said, f'Write "{interval}s".')
    yield from _missing_files(config, path, reader)


def _missing_files(config: Mapping[str, Any], path: FieldPath, reader: BootstrapReader) -> Iterator[BootstrapFault]:
    for key in _FILES:
        file = config.get(key)
        if isinstance(file, str) and file and reader.mounted is not None and not reader.mounted(file):
            said = f"reads {file}, and no volume of the pod is mounted there"
            yield BootstrapFault("mount", (*path, key), said, "Mount the volume that holds it, or correct the path.")
