"""Each repair that is a command, run on the objects, repairs the call."""

import json
import shlex
from typing import Any

import pytest

from lint.why.small import BASE, HOST, MUTUAL, STRICT, ask, routes, to, world_of
from proxyless.lint.world import World
from proxyless.model.resource import Resource, resource

_NO_TLS = MUTUAL.replace("  trafficPolicy: {tls: {mode: ISTIO_MUTUAL}}\n", "")
_PORT = MUTUAL.replace(
    "trafficPolicy: {tls: {mode: ISTIO_MUTUAL}}",
    "trafficPolicy: {tls: {mode: ISTIO_MUTUAL}, portLevelSettings: [{port: {number: 7070}, loadBalancer: {simple: RANDOM}}]}",
)


def _merged(body: Any, patch: Any) -> Any:
    """RFC 7386."""
    if not isinstance(patch, dict):
        return patch
    found = dict(body) if isinstance(body, dict) else {}
    for key, value in patch.items():
        found[key] = _merged(found.get(key), value)
    return found


def _run(command: str, world: World) -> World:
    """The world after ``kubectl patch --type=merge`` and ``printf %s OBJECT | kubectl apply -f -``, joined by ``&&``."""
    made: list[Resource] = []
    for part in command.split(" && "):
        words = shlex.split(part)
        if words[0] == "printf":
            assert words[3:] == ["|", "kubectl", "apply", "-f", "-"]
            body = json.loads(words[2])
        else:
            assert words[:2] == ["kubectl", "patch"]
            kind, _, name = words[2].partition("/")
            namespace = words[3].removeprefix("--namespace=")
            (old,) = [
                item for item in world.snapshot
                if (item.kind.lower(), item.namespace, item.name) == (kind, namespace, name)
            ]  # fmt: skip
            body = _merged(old.body, json.loads(words[5].removeprefix("--patch=")))
        item = resource(body)
        assert item is not None
        made.append(item)
    return World(world.snapshot.overlay(*made), world.settings)


@pytest.mark.parametrize(
    "text",
    [
        BASE,
        BASE + MUTUAL,
        BASE + STRICT,
        BASE + STRICT + _NO_TLS,
        BASE + _NO_TLS,
        BASE + STRICT + MUTUAL.replace("ISTIO_MUTUAL", "DISABLE"),
        BASE + MUTUAL + STRICT.replace("STRICT", "DISABLE"),
        BASE + STRICT + MUTUAL + routes(to("v1")),
        BASE + STRICT.replace("spec: {", "spec: {selector: {matchLabels: {app: api}}, portLevelMtls: {'7070': {mode: DISABLE}}, ") + MUTUAL,
    ],
)  # fmt: skip
def test_command_repairs_the_call(text: str) -> None:
    world = world_of(text)
    found = ask(world)
    if found.outcome.text != "works with mTLS":
        assert found.repair is not None
        assert found.repair.command, found.repair
        found = ask(_run(found.repair.command, world))
    assert found.outcome.text == "works with mTLS"


def test_service_that_is_missing_is_made() -> None:
    text = (BASE + STRICT).replace("kind: Service\n", "kind: ConfigMap\n")
    world = world_of(text, complete=("Service", "ServiceEntry"))
    found = ask(world)
    assert found.outcome.text.startswith(f"fails: UNAVAILABLE, no Service or ServiceEntry has the host {HOST}")
    assert found.repair is not None
    world = _run(found.repair.command, world)
    assert ask(world).outcome.text.startswith("fails: UNAVAILABLE, the client speaks plaintext")


def test_no_command_where_it_would_replace_a_list() -> None:
    found = ask(world_of(BASE + STRICT + _PORT))
    assert found.repair is not None
    assert found.repair.text.startswith(
        "Write `spec.trafficPolicy.portLevelSettings[0].tls.mode: ISTIO_MUTUAL` in DestinationRule shop/api."
    )
    assert found.repair.command == ""


def test_pods_that_are_not_ready() -> None:
    found = ask(world_of(BASE, complete=("EndpointSlice",)))
    assert found.outcome.text == f"fails: UNAVAILABLE, outbound|7070||{HOST} has no endpoints"
    assert found.repair is not None
    assert found.repair.command == "kubectl get pods --namespace=shop --selector=app=api"
