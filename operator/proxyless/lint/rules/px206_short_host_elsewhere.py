"""PX206: a short host is completed with the rule's own namespace, a half one not at all; the rule is for nothing then."""

from collections.abc import Iterator, Mapping

from proxyless.lint.clients import has_grpc_clients
from proxyless.lint.destinations import services_by_host
from proxyless.lint.gates import lacks_service
from proxyless.lint.rule import Hit, Rule
from proxyless.lint.world import World
from proxyless.model.finding import Severity
from proxyless.model.memory import index_of
from proxyless.model.resource import Resource
from proxyless.model.truth import Truth


def check(subject: Resource, world: World) -> Iterator[Hit]:
    """One hit where the Service that is meant exists, but under another full name."""
    host = str(subject.spec.get("host", ""))
    if has_grpc_clients(world) is Truth.NO:
        return
    known = services_by_host(world)
    full = world.fqdn(host, subject.namespace)
    if full in known:
        return
    if "." not in host:
        meant = _by_first_label(world).get(host, [])
        read = f"{host} means {full} here"
    else:
        meant = _by_half(world).get(host, [])
        read = f"{host} is taken as it is"
    if meant:
        yield Hit(
            ("spec", "host"),
            f"{read}, and no Service has that name: this rule is for nothing.",
            f"Write `host: {meant[0]}`.",
            related=(known[meant[0]].ref,),
            deny=False,
        )


@index_of("Service", settings=("domain",))
def _by_first_label(world: World) -> Mapping[str, list[str]]:
    """Full names of Services by name alone."""
    found: dict[str, list[str]] = {}
    for name in services_by_host(world):
        found.setdefault(name.partition(".")[0], []).append(name)
    return found


@index_of("Service", settings=("domain",))
def _by_half(world: World) -> Mapping[str, list[str]]:
    """Full names of Services by what is left of them without an end."""
    found: dict[str, list[str]] = {}
    for name in services_by_host(world):
        for half in {name.removesuffix(f".{cut}") for cut in _ends(world)}:
            found.setdefault(half, []).append(name)
    return found


def _ends(world: World) -> tuple[str, str]:
    """What a half name may lack at its end."""
    domain = world.settings.domain
    return f"svc.{domain}", domain


RULE = Rule(
    code="PX206",
    slug="short-host-elsewhere",
    summary="A DestinationRule names a Service of another namespace by a short or half name.",
    severity=Severity.WARNING,
    kinds=("DestinationRule",),
    gate=lacks_service,
    check=check,
    by_value=True,
    remedy="Write the full name, service.namespace.svc.cluster.local.",
    evidence=("istio pilot/pkg/model/config.go ResolveShortnameToFQDN",),
    reads=("Service",),
)
