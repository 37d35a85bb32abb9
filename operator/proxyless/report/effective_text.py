"""What is in effect as text: per client a line for each target, per server a line for each port, and the grid. Pure.

Called by ``cli.effective`` with the values of ``report.effective_v1``, so that text and JSON cannot disagree.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from proxyless.report.wording import clean

Values = Mapping[str, Any]
_CELLS = (
    ("works with mTLS", "mTLS"),
    ("plaintext for some", "plaintext*"),
    ("plaintext", "plaintext"),
    ("fails for some", "FAILS*"),
    ("fails", "FAILS"),
    ("not decided", "?"),
)
_NO_LISTENER = "-"
LEGEND = (
    "mTLS, plaintext, FAILS(what the client sends); * for some calls; - no listener: the client does not find the host; "
    "? not decided"
)


def clients(found: Sequence[Values]) -> str:
    """Each client with its targets, what happens to the calls, and why where they do not work with mTLS."""
    return "\n".join("\n".join(_client(item)) for item in found) + ("\n" if found else "")


def _client(item: Values) -> Iterator[str]:
    reached = [target for target in item["targets"] if target["listener"]]
    yield f"{item['kind']} {item['namespace']}/{item['name']}: {len(reached)} of {len(item['targets'])} hosts and ports"
    for target in item["targets"]:
        yield f"  {target['host']}:{target['port']}  {_head(str(target['verdict']))}"
        yield f"    because: {target['because']}{_at(target)}"
        if target["routes"]:
            yield f"    routes: {target['route_source'] or 'the default of the Service'}"
            for route in target["routes"]:
                yield f"      {_route(route)}{_at(route)}"
        named = {cluster for route in target["routes"] for cluster, _ in route["clusters"]}
        for name, cluster in target["clusters"].items():
            if name in named:
                yield f"    {name}: {_cluster(cluster)}{_at(cluster)}"


def _at(item: Values) -> str:
    """``  shop.yaml:12``: the line that decides, where there is one."""
    return f"  {clean(item['at'])}" if "at" in item else ""


def _head(verdict: str) -> str:
    """The verdict without its reason, which follows in full."""
    return verdict.partition(":")[0] if verdict.startswith("not decided") else verdict.partition(", ")[0]


def _route(route: Values) -> str:
    match = " and ".join((route["match"]["path"], *route["match"]["headers"]))
    to = ", ".join(name if weight is None else f"{name} ({weight})" for name, weight in route["clusters"])
    return f"{route['name'] or 'unnamed'} [{match}] -> {to or 'no cluster'}"


def _cluster(cluster: Values) -> str:
    if cluster["exists"] is None:
        return "not known"
    if not cluster["exists"]:
        return "does not exist"
    tls = {True: "mTLS", False: "plaintext", None: "TLS not known"}[cluster["tls"]]
    source = f"DestinationRule {cluster['source']}" if cluster["source"] else "no DestinationRule"
    return f"{tls}, {cluster['lb']}, by {source}; {', '.join(cluster['endpoints']) or 'no endpoints'}"


def servers(found: Sequence[Values]) -> str:
    """Each port of each server."""
    return "\n".join(map(_server, found)) + ("\n" if found else "")


def _server(item: Values) -> str:
    name = f"{item['namespace']}/{item['name']}:{item['port']}"
    if not item["listener"]:
        return f"{name}  {'not known' if item['listener'] is None else 'no listener: no Service reaches this port'}"
    tls = "mTLS" if item["tls"] else "plaintext"
    source = f"PeerAuthentication {item['source']}" if item["source"] else "default PERMISSIVE"
    policies = f"; AuthorizationPolicies {', '.join(item['policies'])}" if item["policies"] else ""
    return f"{name}  {tls}, by {source}{policies}{_at(item)}"


def grid(found: Sequence[Values], spoken: Mapping[str, str]) -> str:
    """Clients as rows, hosts and ports as columns, in each cell what happens to the calls.

    ``spoken``: by host and port what the servers behind it speak.
    """
    addresses = sorted({_address(target) for item in found for target in item["targets"]})
    heads = [(address, spoken.get(address, "not known")) for address in addresses]
    lines = [f"{index:3}  {address}  servers: {speaks}" for index, (address, speaks) in enumerate(heads, 1)]
    rows = [("CLIENT", *(str(index) for index in range(1, len(addresses) + 1)))]
    for item in found:
        cells = {_address(target): _cell(target) for target in item["targets"]}
        name = f"{item['namespace']}/{item['name']}"
        rows.append((name, *(cells.get(address, _NO_LISTENER) for address in addresses)))
    widths = [max(len(row[index]) for row in rows) for index in range(len(rows[0]))]
    table = ["  ".join(f"{cell:{width}}" for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join((*lines, "", *table, "", LEGEND)) + "\n"


def _address(target: Values) -> str:
    return f"{target['host']}:{target['port']}"


def _cell(target: Values) -> str:
    """The verdict in a word, with what each side speaks where that is why calls fail."""
    if target["listener"] is False:
        return _NO_LISTENER
    cell = next((cell for text, cell in _CELLS if str(target["verdict"]).startswith(text)), "?")
    if not cell.startswith("FAILS"):
        return cell
    named = {name for route in target["routes"] for name, _ in route["clusters"]}
    sent = {cluster["tls"] for name, cluster in target["clusters"].items() if name in named and cluster["exists"]}
    words = [word for tls, word in ((True, "mTLS"), (False, "plaintext")) if tls in sent]
    return f"{cell}({'+'.join(words)})" if words else cell
