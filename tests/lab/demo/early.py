"""The act on the API server alone, played while the node's parts are still being built: what admission and operator do.

No pod runs and no Deployment makes one: etcd, API server and kubectl are all there is. Steps that need no pods are those of
`lab.demo.s1`, with the same promises.
"""

from lab.demo import manifests as m
from lab.demo import s1
from lab.demo.screen import Screen
from lab.demo.stage import Stage


def play(stage: Stage, screen: Screen) -> None:
    """All steps; raises Unexpected at the first promise that does not hold."""
    steps = (
        ("A. A pod gets the agent and the hold", inject),
        ("B. What a gRPC client ignores is named on apply", s1.warnings),
        ("C. mTLS at the clients alone: the condition says that calls would fail", s1.half_pair),
        ("D. PERMISSIVE is refused", s1.permissive),
        ("E. STRICT completes the pair", s1.strict),
    )
    s1.run(steps, stage, screen)


def inject(stage: Stage, screen: Screen) -> None:
    """Namespace, Service, Deployments, and a pod as one of them would make it."""
    ns = stage.namespace
    screen.apply(m.namespace(ns) + "---\n" + m.service_account(ns))
    screen.apply(m.service(ns))
    both = [m.deployment(ns, version, stage.image) for version in ("v1", "v2")]
    screen.kubectl("apply", "-f", "-", manifest="---\n".join(both))
    screen.apply(m.pod(ns, stage.image))
    done = screen.kubectl(
        "get", "pod", "echo-v1", "-n", ns, "-o",
        'jsonpath={.spec.containers[*].name}{"\\n"}{.spec.containers[?(@.name=="istio-proxy")].lifecycle.postStart}'
        '{"\\n"}{.spec.containers[?(@.name=="app")].env[*].name}',
    )  # fmt: skip
    names, hold, environment = [*done.stdout.splitlines(), "", "", ""][:3]
    screen.require(names == "istio-proxy app", "the pod has the agent, and it comes first")
    screen.require("wait" in hold, "the app is held until the agent is ready")
    screen.require(
        "GRPC_XDS_BOOTSTRAP_CONFIG" in environment, "and reaches istiod directly, so that its two streams do not meet"
    )
