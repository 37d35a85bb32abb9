"""PX401 as CEL, and what rules about hosts ask first: whether a host is istiod's, which no client dials by xDS."""

from proxyless.export.cel import at, items, path, place, string, text
from proxyless.export.statement import Statement, StatementPart, nothing_known


def is_istiod(host: str, namespace: str = "request.namespace") -> str:
    """Whether a host, as it is written in a namespace, is istiod; arguments and answer are CEL."""
    settings = nothing_known().settings
    full = f'({host}.contains(".") ? {host} : {host} + "." + {namespace} + ".svc.{settings.domain}")'
    return f"{full}.matches({text(_escaped(settings.root_namespace, settings.domain))})"


def _escaped(root: str, domain: str) -> str:
    suffix = f".{root}.svc.{domain}".replace(".", "\\.")
    return f"^istiod(-[^.]+)?{suffix}$"


def _plaintext(name: str) -> str:
    own, subsets = at(name, "spec", "trafficPolicy"), items(name, "spec", "subsets")
    host = string(name, "spec", "host")
    whole = f"({own}.hasValue() ? [{own}.value()] : [])"
    of_subset = f"({at('subset', 'trafficPolicy')}.hasValue() ? [subset.trafficPolicy] : [])"
    rule = _level(whole, host, "spec", "trafficPolicy")
    rule_ports = _ports(items(name, "spec", "trafficPolicy", "portLevelSettings"), host, "spec", "trafficPolicy")
    each = _level(of_subset, host, "spec", "subsets", "$n", "trafficPolicy")
    ports = _ports(
        items("subset", "trafficPolicy", "portLevelSettings"), host, "spec", "subsets", "$n", "trafficPolicy"
    )
    return f"{is_istiod(host)} ? [] :\n[{rule},\n{rule_ports}]\n+ {subsets}.transformList(n, subset, {each}\n+ {ports})"


def _level(policies: str, host: str, *steps: str) -> str:
    """CelPlaces in a list of at most one policy."""
    return _found(f"{policies}.transformList(i, policy, ", host, *steps)


def _ports(entries: str, host: str, *steps: str) -> str:
    """CelPlaces in the entries for single ports."""
    return _found(f"{entries}.transformList(i, policy, ", host, *steps, "portLevelSettings", "$i")


def _found(begin: str, host: str, *steps: str) -> str:
    mode = string("policy", "tls", "mode")
    says = f'"istiod does not send " + {mode} + " to gRPC clients: they call " + {host} + " in plaintext."'
    found = place(path(*steps, "tls", "mode"), mode, says, is_text=True)
    return f'{begin}{mode} in ["SIMPLE", "MUTUAL"], {found})'


ALL = (Statement("PX401", (StatementPart(("DestinationRule",), _plaintext),)),)
