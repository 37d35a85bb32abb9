"""Reviews that no API server sends, drawn by a seed: mutated objects of all kinds that we judge, and mutated bytes.

Cheaper than drawing by hypothesis, so that a long run can ask a million. Used by ``test_hostile_reviews``.
"""

import copy
import json
from random import Random
from typing import Any

from bench.admission.sample import pod as sample
from webhook.wire import peer_authentication, pod, review

JUNK: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    -1,
    2**63,
    1e308,
    0.1,
    "",
    " ",
    "x" * 300,
    "\x00\x1b[31m\r\n\u202e",
    "ä\U0001f600",
    "../../etc/passwd",
    "$(POD_NAME)",
    "{{ .Values.x }}",
    "xds:///a:1",
    "true",
    "PX301=because until 2999-01-01",
    '{"holdApplicationUntilProxyStarts": tru',
    "99999999999999999999Gi",
    [],
    {},
    [None],
    [[]],
    {"": ""},
    {"name": 7},
    {"exact": {"prefix": []}},
    ["grpc-agent", 7],
)
MARKS = (
    "proxyless.dev/inject",
    "proxyless.dev/xds",
    "proxyless.dev/ignore",
    "proxyless.dev/injected",
    "inject.istio.io/templates",
    "sidecar.istio.io/status",
    "sidecar.istio.io/userVolume",
    "sidecar.istio.io/userVolumeMount",
    "sidecar.istio.io/proxyCPU",
    "proxy.istio.io/config",
    "prometheus.io/scrape",
    "status.sidecar.istio.io/port",
)


def _istio(kind: str, group: str, spec: Any) -> dict[str, Any]:
    metadata = {"name": "echo", "namespace": "shop"}
    return {"apiVersion": f"{group}.istio.io/v1", "kind": kind, "metadata": metadata, "spec": spec}


_ROUTE = {"destination": {"host": "echo", "subset": "v1", "port": {"number": 7070}}, "weight": 20}
_MATCH = {"uri": {"prefix": "/pkg.Echo/"}, "headers": {"a": {"exact": "b"}}, "port": 7070}
BASES: tuple[tuple[str, dict[str, Any]], ...] = (
    ("pods", pod()),
    ("pods", sample()),
    ("pods", sample()),
    ("peerauthentications", peer_authentication("PERMISSIVE")),
    (
        "virtualservices",
        _istio(
            "VirtualService",
            "networking",
            {
                "hosts": ["echo"],
                "http": [{"match": [_MATCH], "route": [_ROUTE], "mirror": {"host": "b"}, "timeout": "1s"}],
            },
        ),
    ),
    (
        "destinationrules",
        _istio(
            "DestinationRule",
            "networking",
            {
                "host": "echo",
                "trafficPolicy": {"tls": {"mode": "SIMPLE"}, "loadBalancer": {"simple": "LEAST_REQUEST"}},
                "subsets": [{"name": "v1", "labels": {"version": "v1"}}],
            },
        ),
    ),
    (
        "authorizationpolicies",
        _istio(
            "AuthorizationPolicy",
            "security",
            {
                "action": "DENY",
                "rules": [{"from": [{"source": {"principals": ["*"]}}], "when": [{"key": "x", "values": ["y"]}]}],
            },
        ),
    ),
    (
        "services",
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {"name": "echo", "namespace": "shop"},
            "spec": {"ports": [{"name": "grpc", "port": 7070}], "selector": {"app": "echo"}},
        },
    ),
    (
        "proxylesspolicies",
        {
            "apiVersion": "proxyless.dev/v1alpha1",
            "kind": "ProxylessPolicy",
            "metadata": {"name": "a", "namespace": "shop"},
            "spec": {"workloads": [{"selector": {"matchLabels": {"app": "echo"}}, "inject": True}], "enforcement": []},
        },
    ),
)
PATHS = {"pods": ("/inject", "/inject/namespace", "/inject/pod")}


def hostile(random: Random) -> tuple[str, bytes]:
    """A path and what is sent there."""
    plural, body = random.choice(BASES)
    body = copy.deepcopy(body)
    if plural == "pods" and random.random() < 0.9:  # else few ask for the agent
        marks = body["metadata"].setdefault("annotations", {})
        marks["proxyless.dev/inject"] = "true"
        for _ in range(random.randrange(3)):
            marks[random.choice(MARKS)] = random.choice([text for text in JUNK if isinstance(text, str)])
    old = copy.deepcopy(body) if random.random() < 0.2 else None
    asked = review(
        body, plural=plural, old=old, operation="UPDATE" if old else "CREATE", uid=f"{random.getrandbits(64):x}"
    )
    for _ in range(random.choice((0, 1, 1, 2, 5))):
        _mutate(asked if random.random() < 0.1 else body, random)
    sent = json.dumps(asked).encode()
    if random.random() < 0.1:
        sent = _bytes(sent, random)
    usual = PATHS.get(plural, ("/strict", "/warn"))
    return random.choice(usual if random.random() < 0.95 else ("/inject", "/strict", "/warn")), sent


def _mutate(root: Any, random: Random) -> None:
    """Change one place below: another value, none, a copy of another place, or one more."""
    places = list(_places(root))
    if not places:
        return
    holder, key = random.choice(places)
    what = random.randrange(5)
    if what == 0:
        del holder[key]
    elif what == 1:
        other, of = random.choice(places)
        holder[key] = copy.deepcopy(other[of])
    elif what == 2 and isinstance(holder, list):
        holder.insert(key, copy.deepcopy(random.choice(JUNK)))
    elif what == 3 and isinstance(holder[key], str):
        holder[key] = holder[key] * random.choice((2, 50)) + random.choice(("", "\n", "ä", " "))
    else:
        holder[key] = copy.deepcopy(random.choice(JUNK))


def _places(value: Any) -> Any:
    items = (
        list(value.items()) if isinstance(value, dict) else list(enumerate(value)) if isinstance(value, list) else []
    )
    for key, item in items:
        yield value, key
        yield from _places(item)


def _bytes(sent: bytes, random: Random) -> bytes:
    """Cut, flipped, doubled or stuffed."""
    at, to = sorted(random.randrange(len(sent)) for _ in range(2))
    what = random.randrange(4)
    if what == 0:
        return sent[:at]
    if what == 1:
        return sent[:at] + bytes([sent[at] ^ (1 << random.randrange(8))]) + sent[at + 1 :]
    if what == 2:
        return sent[:to] + sent[at:]
    return sent[:at] + random.choice((b"\x00", b"\xff\xfe", b"[" * 2000, b'"' * 3, b"1" * 500)) + sent[at:]
