"""Scenario S1 step by step, with kubectl. Called by `lab.demo.play`; the stage says where it plays.

On a stage with real pods each step also makes real calls; on the API server alone nothing but kubectl is needed.
"""

import json
import time
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from lab.demo import manifests as m
from lab.demo.screen import Screen
from lab.demo.stage import Stage
from proxyless.mesh.flapping import age_of, cancelled


def play(stage: Stage, screen: Screen) -> None:
    """All steps; raises Unexpected at the first promise that does not hold."""
    steps: list[tuple[str, Callable[[Stage, Screen], None]]] = [
        ("1. Pods get the agent and the hold", inject),
        ("2. Weights: 20/80 over two versions", weights),
        ("3. What a gRPC client ignores is named on apply", warnings),
        ("4. mTLS at the clients alone: calls would fail, and the condition says so", half_pair),
        ("5. PERMISSIVE is refused", permissive),
        ("6. STRICT completes the pair", strict),
    ]
    if stage.can_fail_parts:
        steps.append(("7. Parts die: nothing is blocked, nothing is lost", faults))
    if stage.caller:
        steps.append(("8. All that time no xDS stream was cut", streams))
    run(steps, stage, screen)


def run(steps: Sequence[tuple[str, Callable[[Stage, Screen], None]]], stage: Stage, screen: Screen) -> None:
    """Steps under their titles, one after the other."""
    for title, step in steps:
        screen.heading(title)
        with screen.timed(title.partition(". ")[2]):
            step(stage, screen)


def inject(stage: Stage, screen: Screen) -> None:
    """Namespace, Service and two Deployments; the pods come out with the agent first."""
    ns = stage.namespace
    screen.apply(m.namespace(ns))
    screen.apply(m.service(ns))
    screen.apply(m.deployment(ns, "v1", stage.image) + "---\n" + m.deployment(ns, "v2", stage.image))
    stage.await_pods(2)
    done = screen.kubectl(
        "get", "pods", "-n", ns, "-o",
        "custom-columns=POD:.metadata.name,CONTAINERS:.spec.containers[*].name,MARK:.metadata.annotations.proxyless\\.dev/injected",
    )  # fmt: skip
    rows = [line.split() for line in done.stdout.splitlines()[1:]]
    screen.require(
        len(rows) >= 2 and all(row[1] == "istio-proxy,app" for row in rows),
        "each pod has the agent, and it comes first",
    )
    pod = rows[0][0]
    done = screen.kubectl(
        "get", "pod", pod, "-n", ns, "-o",
        'jsonpath={.spec.containers[?(@.name=="istio-proxy")].lifecycle.postStart}{"\\n"}{.spec.containers[?(@.name=="app")].env[*].name}',
    )  # fmt: skip
    screen.require(
        "wait" in done.stdout and "GRPC_XDS_BOOTSTRAP" in done.stdout, "the app is held until the agent is ready"
    )
    if stage.caller:
        answers = stage.caller(5)
        screen.say(f"5 calls to xds:///echo.{ns}.svc.cluster.local:7070: {answers}")
        screen.require(all("error" not in answer for answer in answers), "both versions are found by xDS alone")


def weights(stage: Stage, screen: Screen) -> None:
    """DestinationRule with subsets, VirtualService with weights: accepted without a word."""
    ns = stage.namespace
    done = screen.apply(m.subsets(ns) + "---\n" + m.weights(ns))
    screen.require(
        done.returncode == 0 and "Warning" not in done.stderr, "accepted without a warning: all of it takes effect"
    )
    _await_condition(stage, screen, "virtualservice", "echo-weights", "True")
    if stage.caller:
        counted = Counter[str]()
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline and not counted:
            versions = [str(answer) for answer in stage.caller(200)]
            share = sum("v2" in version for version in versions) / len(versions)
            if 0.7 < share < 0.9:  # more than three standard deviations of 200 calls around 0.8
                counted = Counter(versions)
        screen.require(counted, f"200 calls follow the weights: {dict(counted)}")


def warnings(stage: Stage, screen: Screen) -> None:
    """A VirtualService with fields that gRPC ignores: accepted, one warning per field."""
    done = screen.apply(m.unsupported(stage.namespace))
    screen.require(done.returncode == 0, "the resource is accepted")
    for code, what in (("PX502", "mirror"), ("PX503", "rewrite"), ("PX507", "perTryTimeout")):
        screen.require(code in done.stderr, f"{what} is named ({code})")
    screen.kubectl("delete", "virtualservice/echo-features", "service/features", "-n", stage.namespace)


def half_pair(stage: Stage, screen: Screen) -> None:
    """ISTIO_MUTUAL at the clients while the servers speak plaintext."""
    screen.apply(m.client_mtls(stage.namespace))
    _await_condition(stage, screen, "destinationrule", "echo-mtls", "False")
    if stage.caller:
        answers = stage.until(lambda found: all("error" in answer for answer in found))
        screen.require(all("error" in answer for answer in answers), f"and real calls fail: {answers[0]}")


def permissive(stage: Stage, screen: Screen) -> None:
    """The first thing that is refused."""
    done = screen.apply(m.peer_authentication(stage.namespace, "PERMISSIVE"))
    screen.require(
        done.returncode != 0 and "PX301" in done.stderr, "refused, with the reason and what to write instead"
    )


def strict(stage: Stage, screen: Screen) -> None:
    """STRICT: the pair is complete and the condition turns."""
    screen.apply(m.peer_authentication(stage.namespace, "STRICT"))
    _await_condition(stage, screen, "destinationrule", "echo-mtls", "True")
    if stage.caller:
        answers = stage.until(lambda found: all("spiffe://" in answer for answer in found))
        screen.require(
            all("spiffe://" in answer for answer in answers), f"calls are encrypted, the peer is known: {answers[0]}"
        )


def faults(stage: Stage, screen: Screen) -> None:
    """One webhook replica and the operator are killed while people work."""
    ns = stage.namespace
    stage.kill_webhook()
    screen.say("One of two webhook replicas was killed (SIGKILL). The same refusal again, three times:")
    for _ in range(3):
        done = screen.apply(m.peer_authentication(ns, "PERMISSIVE"))
        screen.require(done.returncode != 0 and "PX301" in done.stderr, "still refused: the other replica answers")
    stage.kill_operator()
    screen.say("The operator was killed (SIGKILL). The PeerAuthentication goes away while nobody watches:")
    screen.kubectl("delete", "peerauthentication", "echo-strict", "-n", ns)
    stage.start_operator()
    screen.say("The operator is back:")
    _await_condition(stage, screen, "destinationrule", "echo-mtls", "False")
    stage.start_webhook()


def streams(stage: Stage, screen: Screen) -> None:
    """The pods serve and call by xDS, two streams each: their agents have closed none of them, by what each agent counts."""
    ns = stage.namespace
    pods = screen.kubectl("get", "pods", "-n", ns, "-l", "app=echo", "-o", "json", quiet=True)
    for pod in json.loads(pods.stdout)["items"]:
        name, age = pod["metadata"]["name"], _age_of(pod)
        if age < _WATCHED:
            screen.say(f"{name} is {age:.0f} s old; it is watched until it is {_WATCHED:.0f} s old.")
            time.sleep(_WATCHED - age)
        counters = screen.kubectl(
            "get", "--raw", f"/api/v1/namespaces/{ns}/pods/{name}:15020/proxy/stats/prometheus", quiet=True
        ).stdout
        screen.require("istio_agent_" in counters, f"the agent of {name} tells its metrics")
        closed = cancelled(counters)
        screen.require(closed == 0, f"{closed} closures in {_age_of(pod):.0f} s at the agent of {name}")
    seen = screen.proxyless("streams", "-n", ns, environment=stage.environment)
    screen.require(seen.returncode == 0, "and none in its log: 'proxyless streams' finds nothing to say")


_WATCHED = 20.0
"""Seconds of life from which an agent's counter says something: streams that cut each other off do so each second."""


def _age_of(pod: dict[str, Any]) -> float:
    """Seconds since its agent started."""
    statuses = [*pod["status"].get("containerStatuses", []), *pod["status"].get("initContainerStatuses", [])]
    started = next(item["state"]["running"]["startedAt"] for item in statuses if item["name"] == "istio-proxy")
    return age_of(started, datetime.now(UTC))


def _await_condition(stage: Stage, screen: Screen, kind: str, name: str, wanted: str) -> None:
    started = time.monotonic()
    waited = screen.kubectl(
        "wait", f"--for=condition=ProxylessReady={wanted}", f"{kind}/{name}", "-n", stage.namespace, "--timeout=30s"
    )
    screen.kubectl(
        "get", kind, name, "-n", stage.namespace, "-o",
        'jsonpath={range .status.conditions[?(@.type=="ProxylessReady")]}{.type}={.status} {.reason}: {.message}{"\\n"}{end}',
    )  # fmt: skip
    screen.require(
        waited.returncode == 0,
        f"condition ProxylessReady={wanted} on {kind} {name} after {time.monotonic() - started:.1f} s",
    )
