"""Clusters ``outbound|port|subset|host``: TLS, balancing and limits of one client's destinations. Pure; used by ``client``.

Source: ``clusterBuilder`` in istiod's ``pilot/pkg/networking/grpcgen/cds.go``, ``ApplyRingHashLoadBalancer`` in
``pilot/pkg/networking/core/cluster_traffic_policy.go``.
"""

from proxyless.mesh.age import created
from proxyless.mesh.destination import CoveringRule
from proxyless.mesh.effective.scope import VisibleHost
from proxyless.mesh.merge import MergedRule, SubsetSource
from proxyless.mesh.service import ServicePort
from proxyless.mesh.traffic import EffectivePolicy, PolicySetting, effective_policy, tls_mode
from proxyless.model.record import NamedTuple
from proxyless.model.resource import Resource, mapping

ROUND_ROBIN = "ROUND_ROBIN"
_MODES = ("DISABLE", "SIMPLE", "MUTUAL", "ISTIO_MUTUAL")


class Name(NamedTuple):
    """The parts of a cluster's name."""

    port: int
    subset: str
    host: str

    def __str__(self) -> str:
        return f"outbound|{self.port}|{self.subset}|{self.host}"


def parse(name: str) -> Name | None:
    """The parts of ``outbound|port|subset|host``, None for any other text."""
    parts = name.split("|")
    if len(parts) != 4 or parts[0] != "outbound" or not parts[1].isdecimal():  # noqa: PLR2004  direction, port, subset, host
        return None
    return Name(int(parts[1]), parts[2], parts[3])


class Cluster(NamedTuple):
    """One cluster as a client gets it, or the answer that it gets none."""

    name: Name
    exists: bool | None
    """None: whether the host exists is not known."""
    reason: str = ""
    """Why it does not exist, or what is not known."""
    seen: VisibleHost | None = None
    """The host as the client finds it."""
    port: ServicePort | None = None
    answer: CoveringRule | None = None
    """The DestinationRule that counts, and where istiod found it; None: none covers the host for this client."""
    shadowed: tuple[CoveringRule, ...] = ()
    """Other DestinationRules for the host, that the client would get in its place."""
    subset: SubsetSource | None = None
    policy: EffectivePolicy = EffectivePolicy({})
    rivals: tuple[Resource, ...] = ()
    """DestinationRules that would set other TLS if they were the older one: none of them has a creation time."""

    @property
    def tls(self) -> bool | None:
        """Whether the client speaks mTLS to it; None: not known."""
        if not self.exists:
            return None
        if self.rivals:
            return None
        mode = self.policy.tls_mode
        return None if mode and mode not in _MODES else mode == "ISTIO_MUTUAL"

    @property
    def tls_setting(self) -> PolicySetting | None:
        """Where its TLS is written, None: nowhere."""
        return self.policy.settings.get("tls")

    @property
    def lb(self) -> str:
        """How it balances: ``ROUND_ROBIN``, ``LEAST_REQUEST``, ``RING_HASH`` or ``MAGLEV``."""
        setting = self.policy.settings.get("loadBalancer")
        written = mapping(setting.value) if setting is not None else {}
        if isinstance(written.get("consistentHash"), dict):
            return "MAGLEV" if isinstance(written["consistentHash"].get("maglev"), dict) else "RING_HASH"
        return "LEAST_REQUEST" if written.get("simple") == "LEAST_REQUEST" else ROUND_ROBIN

    @property
    def max_requests(self) -> int | None:
        """``http2MaxRequests``, None: no limit is sent."""
        setting = self.policy.settings.get("connectionPool")
        number = mapping(mapping(setting.value if setting else None).get("http")).get("http2MaxRequests")
        return number if isinstance(number, int) and number > 0 else None


def of_host(
    name: Name, seen: VisibleHost, answer: CoveringRule | None, shadowed: tuple[CoveringRule, ...] = ()
) -> Cluster:
    """The cluster of a host that the client finds."""
    port = seen.port(name.port)
    rule = answer.rule if answer is not None else None
    found = Cluster(name, False, "", seen, port, answer, shadowed)
    if port is None:
        has = seen.registered.port(name.port) is not None
        why = (
            "does not come in through the client's Sidecar" if has else f"is no port of {seen.registered.resource.ref}"
        )
        return found._replace(reason=f"port {name.port} {why}")
    if not name.subset:
        policy = effective_policy(rule, port=name.port) if rule is not None else EffectivePolicy({})
        return found._replace(exists=True, policy=policy, rivals=_rivals(rule, None, name.port))
    subset = rule.subset(name.subset) if rule is not None else None
    if rule is None or subset is None:
        where = (
            f"in {', '.join(str(item.ref) for item in rule.rules)}" if rule is not None else "by any DestinationRule"
        )
        return found._replace(reason=f"subset {name.subset} is not defined {where}")
    policy = effective_policy(rule, subset=subset, port=name.port)
    return found._replace(exists=True, subset=subset, policy=policy, rivals=_rivals(rule, subset, name.port))


def _rivals(rule: MergedRule | None, subset: SubsetSource | None, port: int) -> tuple[Resource, ...]:
    if rule is None or rule.policy is None or created(rule.policy):
        return ()
    mode = tls_mode(rule, subset=subset, port=port)
    undated = [item for item in rule.overruled if not created(item)]
    return tuple(item for item in undated if tls_mode(rule._replace(policy=item), subset=subset, port=port) != mode)
