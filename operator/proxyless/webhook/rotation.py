"""Keeps this replica's serving certificate fresh and trusted, without a leader: every replica does the same and lost races are harmless.

The authority lives in a Secret, each replica's leaf only in its own memory and folder. A leaf is switched only after every
webhook configuration of ours holds its authority, and has for a while: API servers learn of a changed caBundle through a
watch. The bundle keeps earlier authorities until they expire, so replicas may be one authority apart.
Started by ``webhook.main``. Changes nothing but that Secret and ``clientConfig`` of the configurations that are named.
"""

import asyncio
import base64
import binascii
import logging
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from proxyless.adapters.cluster import KubernetesApi
from proxyless.adapters.webhookconfig import (
    INJECTOR,
    MUTATING,
    VALIDATING,
    VALIDATOR,
    create_secret,
    read_configuration,
    read_secret,
    update_secret,
    write_clients,
)
from proxyless.errors import ClusterError, ProxylessError
from proxyless.process.offloop import off_loop
from proxyless.process.readiness import Readiness
from proxyless.webhook.certs import (
    AUTHORITY_LIFETIME,
    LEAF_LIFETIME,
    Authority,
    Leaf,
    due,
    holds,
    issue,
    load_authority,
    merge,
    new_authority,
)
from proxyless.webhook.metrics import Metrics
from proxyless.webhook.tls import ServingTls

log = logging.getLogger(__name__)

CERTIFICATE = "certificate"
CONFIGURATIONS = "webhook-configurations"
"""Names in ``/readyz``."""
CERT_KEY, PRIVATE_KEY = "tls.crt", "tls.key"
TRIES = 6
"""Against other replicas that write the same object at the same moment."""


@dataclass(slots=True, frozen=True, kw_only=True)
class CertificateObjects:
    """Names of the Secret and of the webhook configurations that are kept up to date."""

    namespace: str = "proxyless-system"
    secret: str = "proxyless-webhook-ca"  # noqa: S105  its name
    mutating: tuple[str, ...] = (INJECTOR,)
    validating: tuple[str, ...] = (VALIDATOR,)
    names: tuple[str, ...] = ()
    """DNS names and addresses that the serving certificate is for."""
    url: str = ""
    """``https://host:port`` where the API server is to call this process directly; empty: through the Service."""


@dataclass(slots=True, frozen=True, kw_only=True)
class Times:
    """How long things last; tests make them short."""

    authority: timedelta = AUTHORITY_LIFETIME
    leaf: timedelta = LEAF_LIFETIME
    settle: timedelta = timedelta(seconds=10)
    """How long every configuration must have held an authority before a replica that serves switches to it."""
    period: float = 60
    """Seconds between two looks; by the wall clock, so a suspended machine notices soon after waking."""
    longest_wait: float = 30
    """Seconds between two tries while something is missing."""


class Keeper:
    """One replica's certificate."""

    def __init__(
        self,
        connect: Callable[[], KubernetesApi],
        tls: ServingTls,
        place: CertificateObjects,
        readiness: Readiness,
        metrics: Metrics,
        *,
        times: Times | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._connect = connect
        self._tls = tls
        self._place = place
        self._readiness = readiness
        self._metrics = metrics
        self._times = times or Times()
        self._clock = clock
        self._cluster: KubernetesApi | None = None
        self._leaf: Leaf | None = None
        self._held: tuple[bytes, datetime] | None = None
        """The authority that all configurations hold, and since when we know."""

    def provisional(self) -> None:
        """Load a certificate that nobody trusts, so that the port can open and say what it waits for.

        Raises:
            CertificateNotWrittenError: the folder cannot be written.
        """
        now = self._clock()
        self._tls.load(issue(new_authority(now), self._place.names, now).pem)

    async def run(self) -> None:
        """Run until cancelled: check, act, sleep."""
        wait = 0.5
        while True:
            try:
                await self.step()
            except Exception as error:
                if not isinstance(error, ProxylessError):
                    log.exception("a bug in proxyless while renewing the certificate; please report it")
                self._tell(error)
                self._cluster = None  # its address may have been wrong: read anew
                await asyncio.sleep(wait * random.uniform(0.5, 1))  # noqa: S311  jitter
                wait = min(wait * 2, self._times.longest_wait)
                continue
            wait = 0.5
            await asyncio.sleep(self._times.period * random.uniform(0.8, 1))  # noqa: S311  jitter

    async def step(self) -> None:
        """Check once: authority, bundles, leaf.

        Raises:
            ProxylessError: what is missing and what to do about it.
        """
        now = self._clock()
        authority = await off_loop(self._authority, now)
        absent = await off_loop(self._bundles, authority, now)
        if absent:
            self._readiness.degrade(
                CONFIGURATIONS,
                f"missing: {', '.join(absent)}; nothing calls this webhook for them. Run: kubectl apply -k manifests/",
            )
        else:
            self._readiness.have(CONFIGURATIONS)
        if self._held is None or self._held[0] != authority.pem:
            self._held = (authority.pem, now)
        if self._wants(authority, now):
            self._serve(issue(authority, self._place.names, now, self._times.leaf))
        self._metrics.expiry.labels("authority").set(authority.expires.timestamp())
        self._readiness.have(CERTIFICATE)

    def _wants(self, authority: Authority, now: datetime) -> bool:
        """Whether a new leaf is to be taken into use now."""
        leaf = self._leaf
        if leaf is None or now >= leaf.expires:
            return True
        if leaf.issuer == authority.pem:
            return due(leaf.expires, self._times.leaf, now)
        return self._held is not None and now - self._held[1] >= self._times.settle

    def _serve(self, leaf: Leaf) -> None:
        self._tls.load(leaf.pem)  # in the loop's thread: handshakes read the same context
        self._leaf = leaf
        self._metrics.rotations.inc()
        self._metrics.expiry.labels("leaf").set(leaf.expires.timestamp())
        log.info("serving with a certificate for %s until %s", ", ".join(self._place.names), leaf.expires)

    def _tell(self, error: Exception) -> None:
        text = f"{error or type(error).__name__}; trying again"
        if self._leaf is None:
            self._readiness.miss(CERTIFICATE, text)
        else:
            self._readiness.degrade(CERTIFICATE, f"{text}. The present one is valid until {self._leaf.expires}")

    # -- the cluster; these run in a thread ------------------------------------------------------------------------

    def _authority(self, now: datetime) -> Authority:
        """The stored authority; made where there is none, replaced after two thirds of its life."""
        cluster, place = self._access(), self._place
        for _ in range(TRIES):
            stored = read_secret(cluster, place.namespace, place.secret)
            fresh = new_authority(now, self._times.authority)
            data = {CERT_KEY: fresh.pem, PRIVATE_KEY: fresh.key_pem}
            if stored is None:
                if create_secret(cluster, place.namespace, place.secret, data):
                    return fresh
                continue
            found = self._read(stored.data)
            if not due(found.expires, self._times.authority, now):
                return found
            if update_secret(cluster, place.namespace, place.secret, data, version=stored.version):
                log.info("new certificate authority until %s", fresh.expires)
                return fresh
        raise ClusterError(f"Secret {place.namespace}/{place.secret} keeps being changed by somebody else")

    def _read(self, data: Mapping[str, bytes]) -> Authority:
        try:
            return load_authority(data.get(CERT_KEY, b""), data.get(PRIVATE_KEY, b""))
        except ProxylessError as error:
            name, namespace = self._place.secret, self._place.namespace
            raise ClusterError(
                f"Secret {namespace}/{name} is unusable: {error}. To get a new one: kubectl -n {namespace} delete secret {name}"
            ) from error

    def _bundles(self, authority: Authority, now: datetime) -> list[str]:
        """Put the authority into every configuration; returns those that do not exist."""
        configurations = [(MUTATING, name) for name in self._place.mutating]
        configurations += [(VALIDATING, name) for name in self._place.validating]
        return [f"{plural}/{name}" for plural, name in configurations if not self._bundle(plural, name, authority, now)]

    def _bundle(self, plural: str, name: str, authority: Authority, now: datetime) -> bool:
        cluster = self._access()
        for _ in range(TRIES):
            known = read_configuration(cluster, plural, name)
            if known is None:
                return False
            if write_clients(cluster, known, [self._client(client, authority, now) for client in known.clients]):
                return True
        raise ClusterError(f"{plural}/{name} keeps being changed by somebody else")

    def _client(self, present: Mapping[str, Any], authority: Authority, now: datetime) -> dict[str, Any]:
        """``clientConfig`` as it should be."""
        merged = merge(_decoded(present.get("caBundle")), authority.pem, now)
        if not holds(merged, authority.pem):  # a clock far behind: better one bundle that we can serve than none
            merged = authority.pem
        bundle = {"caBundle": base64.b64encode(merged).decode()}
        if not self._place.url:
            return {**present, **bundle}
        path = (present.get("service") or {}).get("path") or urlsplit(present.get("url") or "").path
        return {"url": f"{self._place.url}{path}", **bundle}

    def _access(self) -> KubernetesApi:
        if self._cluster is None:
            self._cluster = self._connect()
        return self._cluster


def _decoded(bundle: object) -> bytes:
    """A caBundle as PEM text, empty where it is none."""
    try:
        return base64.b64decode(bundle) if isinstance(bundle, str) else b""
    except binascii.Error:
        return b""
