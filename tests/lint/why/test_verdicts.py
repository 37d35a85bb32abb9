"""Each verdict of ``why``, the object and field that decides it, and the one change that repairs it."""

import pytest

from lint.why.small import (
    BASE,
    GET,
    HOST,
    MUTUAL,
    STRICT,
    WhyAnswer,
    ask,
    decided_by,
    fix_of,
    policy,
    routes,
    to,
    world_of,
)
from proxyless.lint.mesh_settings import MeshSettings
from proxyless.lint.why.step import CallStep

WORKS = BASE + MUTUAL + STRICT


def _steps(found: WhyAnswer, topic: str) -> list[CallStep]:
    def walk(nodes: tuple[CallStep, ...]) -> list[CallStep]:
        return [item for node in nodes for item in (node, *walk(node.children))]

    return [node for node in walk(found.tree) if node.topic == topic]


def test_both_sides_agree() -> None:
    found = ask(world_of(WORKS))
    assert (found.outcome.text, found.repair, found.works) == ("works with mTLS", None, True)
    assert {node.topic for node in found.tree} == {"client", "streams", "listener", "route"}
    assert [node.state for node in _steps(found, "policy")] == ["ok"]


@pytest.mark.parametrize(
    ("text", "verdict", "decides", "fix"),
    [
        (BASE, "plaintext", "", "To encrypt these calls change both sides."),
        (BASE + MUTUAL, "fails: UNAVAILABLE, the client speaks mTLS", "Deployment shop/api", "Add a PeerAuthentication"),
        (BASE + STRICT, "fails: UNAVAILABLE, the client speaks plaintext",
         "PeerAuthentication shop/strict spec.mtls.mode", "Add a DestinationRule in namespace shop"),
        (BASE + MUTUAL + STRICT.replace("STRICT", "PERMISSIVE"), "fails: UNAVAILABLE, the client speaks mTLS",
         "PeerAuthentication shop/strict spec.mtls.mode", "Write `spec.mtls.mode: STRICT` in PeerAuthentication shop/strict."),
        (BASE + STRICT + MUTUAL.replace("ISTIO_MUTUAL", "SIMPLE"), "fails: UNAVAILABLE, the client speaks plaintext",
         "DestinationRule shop/api spec.trafficPolicy.tls.mode",
         "Write `spec.trafficPolicy.tls.mode: ISTIO_MUTUAL` in DestinationRule shop/api."),
        (WORKS + routes(to("v2")), f"fails: UNAVAILABLE, outbound|7070|v2|{HOST} has no endpoints",
         "DestinationRule shop/api spec.subsets[1].labels", ""),
        (WORKS + routes(to("v3")), "fails: UNAVAILABLE, subset v3 is not defined",
         "VirtualService shop/api spec.http[0].route[0]", "Add `- {name: v3, labels: {version: v3}}` to spec.subsets of"),
        (WORKS + routes(to(match="[{uri: {prefix: /shop.Cart/}}]")), f"fails: UNAVAILABLE, no route of {HOST}:7070 takes {GET}",
         "VirtualService shop/api spec.http[0].match[0]", ""),
        (WORKS + routes(to(fault="{abort: {grpcStatus: INTERNAL, percentage: {value: 100}}}")),
         "fails: INTERNAL, the route's fault aborts every call", "VirtualService shop/api spec.http[0].fault.abort", ""),
        (WORKS + routes(to(fault="{abort: {grpcStatus: INTERNAL, percentage: {value: 5}}}")),
         "fails for some calls: INTERNAL, the route's fault aborts 5 % of the calls", "VirtualService shop/api spec.http[0].fault.abort", ""),
        (WORKS + policy("[{from: [{source: {namespaces: [ops]}}]}]"),
         "fails: PERMISSION_DENIED, no rule of AuthorizationPolicy shop/gate allows it: the caller's namespace is web",
         "AuthorizationPolicy shop/gate spec.rules[0].from[0].source.namespaces",
         ("Add a rule to AuthorizationPolicy shop/gate spec.rules: `{from: [{source: {principals: [cluster.local/ns/web/sa/cart]}}], "
         "to: [{operation: {paths: [/shop.Api/Get]}}]}`.")),
        (WORKS + policy("[{to: [{operation: {paths: [/shop.Api/*]}}]}]", "DENY"),
         "fails: PERMISSION_DENIED, AuthorizationPolicy shop/gate denies it: the method is /shop.Api/Get",
         "AuthorizationPolicy shop/gate spec.rules[0]", "Narrow AuthorizationPolicy shop/gate spec.rules[0]"),
        (BASE + policy("[{from: [{source: {namespaces: [web]}}]}]"),
         "fails: PERMISSION_DENIED, no rule of AuthorizationPolicy shop/gate allows it: the caller's namespace is nobody",
         "AuthorizationPolicy shop/gate spec.rules[0].from[0].source.namespaces", "Make both sides mTLS"),
        (WORKS + policy("[{from: [{source: {ipBlocks: [10.0.0.0/8]}}]}]"), ("not decided: AuthorizationPolicy shop/gate is not decided: "
         "the address of the client's pod is not known"), "AuthorizationPolicy shop/gate spec.rules[0].from[0].source.ipBlocks", ""),
    ],
)  # fmt: skip
def test_verdict(text: str, verdict: str, decides: str, fix: str) -> None:
    found = ask(world_of(text))
    assert found.outcome.text.startswith(verdict)
    assert decided_by(found).startswith(decides)
    assert (fix and fix_of(found).startswith(fix)) or not fix


@pytest.mark.parametrize(
    ("target", "verdict", "fix"),
    [
        (
            "api:7070",
            "fails: UNAVAILABLE, no Service or ServiceEntry has the host api.web.svc",
            f"Dial xds:///{HOST}:7070.",
        ),
        (
            "api.shop:7070",
            "fails: UNAVAILABLE, no Service or ServiceEntry has the host api.shop",
            f"Dial xds:///{HOST}:7070.",
        ),
        ("aip.shop.svc.cluster.local:7070", "fails: UNAVAILABLE, no Service", f"Dial xds:///{HOST}:7070."),
        (f"{HOST}:7071", "fails: UNAVAILABLE, Service shop/api has no port 7071", f"Dial xds:///{HOST}:7070."),
        (HOST, f"fails: UNAVAILABLE, the target {HOST} names no port", f"Dial xds:///{HOST}:7070."),
    ],
)
def test_what_is_dialed(target: str, verdict: str, fix: str) -> None:
    """Short names as istiod completes them, a port that is missing, names that are nearly right."""
    found = ask(world_of(WORKS, complete=("Service", "ServiceEntry")), target)
    assert found.outcome.text.startswith(verdict)
    assert fix_of(found) == fix


def test_method_and_metadata_choose_the_route() -> None:
    text = WORKS + routes(to("v2", match="[{headers: {x-tenant: {exact: gold}}}]"), to("v1"))
    world = world_of(text)
    assert ask(world).outcome.text == "works with mTLS"
    assert ask(world, **{"x-tenant": "gold"}).outcome.text.startswith("fails: UNAVAILABLE, outbound|7070|v2")
    taken = [(node.state, node.text) for node in _steps(ask(world), "route")]
    assert [state for state, _ in taken] == ["note", "ok"]
    assert "the call has no header x-tenant" in taken[0][1]


def test_without_a_method_all_routes_are_shown() -> None:
    text = WORKS + routes(to("v2", match="[{uri: {prefix: /shop.Api/}}]"), to("v1"))
    found = ask(world_of(text), method="")
    assert found.outcome.text.startswith("fails for some calls: UNAVAILABLE, outbound|7070|v2")
    assert [node.state for node in _steps(found, "route")] == ["not_decided", "ok"]


def test_what_another_rule_shadows_is_told() -> None:
    text = WORKS + MUTUAL.replace("name: api, namespace: shop", "name: own, namespace: web")
    shadowed = [node.text for node in _steps(ask(world_of(text)), "shadowed")]
    assert shadowed == ["DestinationRule shop/api, found in the service's namespace only"]


@pytest.mark.parametrize(
    ("before", "after", "verdict", "fix"),
    [
        ("{name: web, labels: {istio-injection: enabled}}", "{name: web}",
         "fails: UNAVAILABLE, Deployment web/cart gets no agent, so that xds:/// finds no bootstrap", "Istio never looks at"),
        ("        inject.istio.io/templates: grpc-agent\n        proxyless.dev/language: go", "        proxyless.dev/language: go",
         "fails: UNAVAILABLE, Deployment web/cart gets an Envoy sidecar", "Set the pod annotation `inject.istio.io/templates: grpc-agent`"),
    ],
)  # fmt: skip
def test_a_client_without_bootstrap(before: str, after: str, verdict: str, fix: str) -> None:
    assert before in WORKS
    found = ask(world_of(WORKS.replace(before, after)))
    assert found.outcome.text.startswith(verdict)
    assert fix in fix_of(found) or "agent" in fix_of(found)
    assert _steps(found, "cluster"), "what would come after it is told all the same"


def test_a_client_of_which_too_little_is_known() -> None:
    text = WORKS.replace("inject.istio.io/templates: grpc-agent\n        proxyless.dev/language: go\n", "x: y\n")
    text = text.replace("proxyless.dev/grpc-version: 1.85.0\n        proxyless.dev/targets", "proxyless.dev/targets", 1)
    text = text.replace("kind: Namespace\nmetadata: {name: web", "kind: Namespace\nmetadata: {name: other")
    found = ask(world_of(text))
    assert found.outcome.text.startswith("not decided: whether Deployment web/cart gets an agent")
    assert ask(world_of(text, MeshSettings(assume_proxyless=True))).outcome.text == "works with mTLS"


def test_a_library_that_rejects_the_routes() -> None:
    """Findings and verdict are about the client's library alone, whatever else runs in the mesh."""
    text = WORKS + routes(to(match="[{headers: {x-tenant: {exact: gold}}}]"), to())
    old = text.replace("proxyless.dev/grpc-version: 1.85.0", "proxyless.dev/grpc-version: 1.50.0", 1)
    found = ask(world_of(old, MeshSettings()))
    assert found.outcome.text.startswith(
        "fails: UNAVAILABLE, gRPC Go 1.50.0 rejects what istiod sends for spec.http[0].match[0]"
    )
    assert "PX516" in {item.code for item in found.findings}
    server = text.replace("proxyless.dev/grpc-version: 1.85.0}", "proxyless.dev/grpc-version: 1.50.0}")
    assert server != text
    found = ask(world_of(server))
    assert found.outcome.text == "works with mTLS"
    assert "PX516" not in {item.code for item in found.findings}


def test_policies_that_the_server_cannot_enforce() -> None:
    denied = WORKS + policy("[{from: [{source: {namespaces: [ops]}}]}]")
    old = denied.replace("proxyless.dev/grpc-version: 1.85.0}", "proxyless.dev/grpc-version: 1.40.0}")
    found = ask(world_of(old))
    assert found.outcome.text == "works with mTLS"
    assert [node.text for node in _steps(found, "policy")] == [
        "AuthorizationPolicy shop/gate is not enforced: its library cannot"
    ]


def test_a_policy_without_rules_has_no_say_and_that_is_said() -> None:
    found = ask(world_of(WORKS + policy("[]")))
    assert found.outcome.text == "works with mTLS"
    assert "has no rules" in _steps(found, "policy")[-1].text


def test_streams_of_the_client() -> None:
    text = WORKS.replace('proxyless.dev/targets: "1"', 'proxyless.dev/targets: "3"')
    (streams,) = _steps(ask(world_of(text)), "streams")
    assert (streams.state, "PX109" in streams.text) == ("fails", True)
    assert _steps(ask(world_of(WORKS)), "streams")[0].state == "ok"


_AGENT = "      annotations: {inject.istio.io/templates: grpc-agent, proxyless.dev/language: go, proxyless.dev/grpc-version: 1.85.0}\n"


def test_a_sidecar_denies_by_a_policy_without_rules() -> None:
    assert _AGENT in WORKS
    sidecar = WORKS.replace(_AGENT, "")
    assert ask(world_of(sidecar)).outcome.text == "works with mTLS"
    found = ask(world_of(sidecar + policy("[]")))
    assert found.outcome.text.startswith("fails: PERMISSION_DENIED, no rule of AuthorizationPolicy shop/gate allows it")


def test_nobody_enforces_policies_outside_the_mesh() -> None:
    plain = BASE.replace(_AGENT, "").replace("{name: shop, labels: {istio-injection: enabled}}", "{name: shop}")
    found = ask(world_of(plain + policy("[{from: [{source: {namespaces: [ops]}}]}]")))
    assert found.outcome.text == "plaintext"
    assert _steps(found, "policy")[0].text.endswith("is not enforced: the server is outside the mesh")
    found = ask(world_of(plain + MUTUAL))
    assert found.outcome.text.startswith("fails: UNAVAILABLE, the client speaks mTLS")
    assert fix_of(found).startswith(
        "Give Deployment shop/api the agent, or write `spec.trafficPolicy.tls.mode: DISABLE`"
    )


def test_what_a_route_takes_may_depend_on_the_library() -> None:
    """Without the language it is open, and said so, only where it makes a difference."""
    text = WORKS + routes(to("v2", name="old", match="[{withoutHeaders: {x-new: {exact: yes}}}]"), to("v1"))
    unknown = text.replace("        proxyless.dev/language: go\n        proxyless.dev/grpc-version: 1.85.0\n", "", 1)
    assert unknown != text
    assert ask(world_of(text)).outcome.text == "works with mTLS"
    found = ask(world_of(unknown))
    assert found.outcome.text.startswith(
        "not decided: whether route 'old' takes the call: the call has no header x-new"
    )
    same = unknown.replace("subset: v2", "subset: v1")
    assert ask(world_of(same)).outcome.text == "works with mTLS"


def test_findings_on_routes_that_the_call_does_not_take_are_left_out() -> None:
    slow = to(
        "v1",
        match="[{uri: {prefix: /shop.Cart/}}]",
        corsPolicy="{allowOrigins: [{exact: a}]}",
        mirror=f"{{host: {HOST}}}",
    )
    world = world_of(WORKS + routes(slow, to("v1")))
    assert "PX502" in {item.code for item in ask(world, method="/shop.Cart/Get").findings}
    assert "PX512" not in {item.code for item in ask(world_of(WORKS)).findings}, "no call of it goes to subset v2"
    assert "PX512" in {item.code for item in ask(world_of(WORKS + routes(to("v2")))).findings}
    other = WORKS + routes(to("v1", match="[{uri: {exact: /shop.Api/Get}}]"), slow, to("v1"))
    assert "PX502" not in {item.code for item in ask(world_of(other)).findings}


def test_other_frameworks_are_not_computed() -> None:
    dubbo = WORKS.replace("proxyless.dev/language: go\n", "proxyless.dev/framework: dubbo\n", 1)
    found = ask(world_of(dubbo))
    assert found.outcome.text.startswith("not decided: Deployment web/cart uses Dubbo")
    server = WORKS.replace(
        "proxyless.dev/language: go, proxyless.dev/grpc-version: 1.85.0}", "proxyless.dev/framework: dubbo}"
    )
    assert server != WORKS
    assert ask(world_of(server)).outcome.text.startswith("not decided: what Deployment shop/api speaks: it uses Dubbo")
