"""Client of CSDS, gRPC's Client Status Discovery Service: which library a running application has, what it took from istiod and what it rejected.

Called by ``proxyless csds``. The application must serve gRPC's admin services. It is the one place where a library's release
can be read from outside: libraries send it to istiod in their node, and istiod shows it nowhere (tried with 1.31:
``/debug/adsz``, ``/debug/syncz``, ``/debug/connections``). Needs the extra ``xds``.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import grpc
from envoy.admin.v3 import config_dump_shared_pb2 as dump
from envoy.service.status.v3 import csds_pb2, csds_pb2_grpc

from proxyless.adapters import ads_decode as decode
from proxyless.errors import ClusterError, InputError
from proxyless.model.client import Client, Framework, Language
from proxyless.model.record import NamedTuple
from proxyless.model.version import Version

_LANGUAGES = (
    (re.compile(r"gRPC Go\b"), Language.GO),
    (re.compile(r"gRPC Java\b"), Language.JAVA),
    (re.compile(r"gRPC Node\b"), Language.NODE),
    (re.compile(r"gRPC C-core\b.*\bPython\b"), Language.PYTHON),
    (re.compile(r"gRPC C-core\b.*\bRuby\b"), Language.RUBY),
    (re.compile(r"gRPC C-core\b.*\bPHP\b"), Language.PHP),
    (re.compile(r"gRPC C-core\b"), Language.CPP),
)
_RELEASE = re.compile(r"(?:^|(?:Python|Ruby|PHP|C\+\+) )v?(\d+\.\d+[\w.+-]*)$")
"""The library's own release; that of C-core alone, which counts otherwise, is none."""
BAD = ("NACKED", "DOES_NOT_EXIST", "RECEIVED_ERROR", "TIMEOUT")
"""States in which a resource is not in use as istiod sent it, or not at all."""


class XdsResourceStatus(NamedTuple):
    """One resource that the library asked istiod for."""

    kind: str
    """Last part of its type, ``Listener``."""
    name: str
    state: str
    """As CSDS names it: ACKED, NACKED, REQUESTED (asked for, not there yet), DOES_NOT_EXIST."""
    error: str
    """Why it was rejected."""


class XdsClientStatus(NamedTuple):
    """One xDS client inside an application; newer libraries have one for each target."""

    node: str
    scope: str
    """Target, or the server's mark; empty where the library has one client for all."""
    agent: str
    """Name and version of the library as it calls itself."""
    client: Client
    """The same as far as it is known here."""
    resources: tuple[XdsResourceStatus, ...]
    contents: Mapping[tuple[str, str], dict[str, Any]] = {}
    """What it holds, by type and name as JSON values, as far as it shows it."""


def ask(address: str, *, timeout: float = 5.0) -> tuple[XdsClientStatus, ...]:
    """Asks the application at ``host:port`` for the status of its xDS clients, in the order of its own answer.

    Raises:
        InputError: it does not serve CSDS.
        ClusterError: it cannot be reached.
    """
    with grpc.insecure_channel(address) as channel:
        stub = csds_pb2_grpc.ClientStatusDiscoveryServiceStub(channel)
        try:
            answer = stub.FetchClientStatus(csds_pb2.ClientStatusRequest(), timeout=timeout)
        except grpc.RpcError as error:
            if error.code() is grpc.StatusCode.UNIMPLEMENTED:
                raise InputError(
                    f"{address} does not serve CSDS; register gRPC's admin services in the application, in Go "
                    "admin.Register(server)"
                ) from error
            raise ClusterError(
                f"no answer from {address} ({error.details()}); is its plaintext port forwarded?"
            ) from error
    return tuple(_application(config) for config in answer.config)


def client_named(name: str, version: str) -> Client:
    """Language and version of the library, from ``user_agent_name`` and ``user_agent_version`` of its node."""
    language = next((language for pattern, language in _LANGUAGES if pattern.match(name)), None)
    release = _RELEASE.search(version)
    return Client(Framework.GRPC, language, _parsed(release[1]) if release and language else None)


def _parsed(text: str) -> Version | None:
    try:
        return Version.parse(text)
    except InputError:
        return None


def _application(config: Any) -> XdsClientStatus:
    node = config.node
    found = tuple(
        XdsResourceStatus(
            item.type_url.rpartition(".")[2],
            item.name,
            dump.ClientResourceStatus.Name(item.client_status),
            item.error_state.details,
        )
        for item in config.generic_xds_configs
    )
    agent = f"{node.user_agent_name}, {node.user_agent_version}"
    client = client_named(node.user_agent_name, node.user_agent_version)
    return XdsClientStatus(node.id, config.client_scope, agent, client, found, dict(_contents(config)))


def _contents(config: Any) -> Iterator[tuple[tuple[str, str], dict[str, Any]]]:
    for item in config.generic_xds_configs:
        if item.xds_config.type_url in decode.TYPES:
            yield (item.type_url.rpartition(".")[2], item.name), decode.plain(decode.unpacked(item.xds_config))
