"""PX908: Dubbo has xDS from 3.1.0 to 3.2.9 only, and before 3.2.0 it stops following istiod after half an hour."""

from collections.abc import Iterator

from proxyless.lint.frameworks import of_framework, window_of
from proxyless.lint.libraries import library_hit
from proxyless.lint.rule import Hit, Rule
from proxyless.lint.world import World
from proxyless.model.client import Framework, Language
from proxyless.model.finding import Severity
from proxyless.model.resource import WORKLOADS, Resource


def check(subject: Resource, world: World) -> Iterator[Hit]:
    """One hit per Dubbo workload whose release has no xDS, or loses it."""
    found = of_framework(subject, world, Framework.DUBBO)
    if found is None:
        return
    client = world.client_of(found[0])
    if client.version is None or client.language not in (Language.JAVA, Language.GO):
        return
    java = client.language is Language.JAVA
    window = window_of(world, client)
    reconnects = world.matrix.behavior("dubbo.reconnects").releases
    if client.version not in window:
        extension = ", or the extension dubbo-xds of dubbo-spi-extensions" if java else ""
        remedy = f"Use {window.last}{extension}."
        message = f"Dubbo {client.language.title} {client.version} has no xDS code, which exists from {window.first} to {window.last}: it finds no provider."
        yield library_hit(found[0], world, message, remedy=remedy)
    elif java and client.version not in reconnects:
        message = f"Dubbo {client.version} does not reconnect when istiod ends its stream: after about 30 minutes it follows no change."
        yield library_hit(
            found[0], world, message, remedy=f"Use {reconnects.first} to {window.last}.", severity=Severity.WARNING
        )


RULE = Rule(
    code="PX908",
    slug="dubbo-version",
    summary="The release of Dubbo has no xDS, or stops following istiod.",
    severity=Severity.ERROR,
    kinds=WORKLOADS,
    check=check,
    by_value=True,
    frameworks=(Framework.DUBBO,),
    remedy="Use a release that has xDS.",
    evidence=(
        "matrix frameworks windows",
        "https://github.com/apache/dubbo/issues/13469",
        "https://github.com/apache/dubbo/issues/10494",
        "failure modes I2, I7 and I13",
    ),
)
