"""PX206: a short host is completed with the rule's own namespace, a half one not at all; the rule is for nothing then."""

from collections.abc import Iterator

from proxyless.lint.clients import has_grpc_clients
from proxyless.lint.destinations import services_by_host, services_by_name
from proxyless.lint.gates import lacks_service
from proxyless.lint.rule import Hit, Rule
from proxyless.lint.world import World
from proxyless.mesh.service import host_of
from proxyless.model.finding import Severity
from proxyless.model.fix import put
from proxyless.model.grouping import grouped, itself
from proxyless.model.resource import Resource
from proxyless.model.truth import Truth


def check(subject: Resource, world: World) -> Iterator[Hit]:
    """One hit where the Service that is meant exists, but under another full name."""
    host = str(subject.spec.get("host", ""))
    full = world.fqdn(host, subject.namespace)
    if full in services_by_host(world):
        return
    if "." not in host:
        meant = services_by_name(world).get(host)
        read = f"{host} means {full} here"
    else:
        meant = _by_half(world).get(host)
        read = f"{host} is taken as it is"
    if meant and has_grpc_clients(world, subject.namespace, *(item.namespace for item in meant)) is not Truth.NO:
        yield Hit(
            ("spec", "host"),
            f"{read}, and no Service has that name: this rule is for nothing.",
            f"Write `host: {host_of(meant[0], world.settings.domain)}`.",
            related=(meant[0].ref,),
            deny=False,
            fix=put(("spec", "host"), host_of(meant[0], world.settings.domain), safe=True),
        )


@grouped("Service", of=itself, settings=("domain",))
def _by_half(service: Resource, world: World) -> list[str]:
    """Services by what is left of their full names without an end."""
    name = host_of(service, world.settings.domain)
    return [name.removesuffix(f".{cut}") for cut in _ends(world)]


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
    fixes=("safe",),
)
