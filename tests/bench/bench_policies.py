"""What each admission policy adds to a create, and our webhook beside them: one API server, one client, alternating.

    python tests/bench/bench_policies.py [--number 300]

Each rule's policy is bound to a namespace of its own. A clean object of the rule's kind is created there and in a namespace that
nothing is bound to, in turn, by dry run. Webhooks are bound by labels too, so that policies are measured without them.
"""

import argparse
import statistics
import sys
import time
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).resolve().parents[1]), str(Path(__file__).resolve().parents[2] / "operator")]

from bench.bench_admission import undisturbed  # noqa: E402
from bench.shortfall import shortfall  # noqa: E402
from lab.api import wait_until  # noqa: E402
from lab.controlplane import ControlPlane  # noqa: E402
from proxyless.export import delegation  # noqa: E402
from proxyless.export.bindings import DENY, Label, chosen  # noqa: E402
from proxyless.export.statements import ALL  # noqa: E402
from proxyless.export.validating import binding, policy  # noqa: E402
from proxyless.inject.settings import InjectionSettings  # noqa: E402
from proxyless.mesh.pod import keys  # noqa: E402
from proxyless.model.kinds import KINDS  # noqa: E402
from webhook.replica import REPOSITORY, Replica  # noqa: E402

POLICIES = "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies"
WARM_UP = 20
LEFT_ALONE = "kube-public"
"""A namespace that neither of our webhook configurations selects."""
VALIDATING, DELEGATION, WEBHOOK = 0.3, 1.2, 2.0
"""Milliseconds that each may add, at the median."""

Body = dict[str, Any]


def body(api_version: str, kind: str, spec: Body) -> Body:
    """An object."""
    return {
        "apiVersion": api_version,
        "kind": kind,
        "metadata": {"name": "bench", "labels": {"app": "echo"}},
        "spec": spec,
    }


def destination(subset: str) -> Body:
    """One destination of a route."""
    return {"destination": {"host": "echo", "subset": subset}, "weight": 50}


CONTAINER = {"name": "echo", "image": "echo:1", "args": ["--grpc=17070"], "ports": [{"containerPort": 17070}]}
POD = {"containers": [CONTAINER], "automountServiceAccountToken": False}
SERVICE = {"group": "", "kind": "Service", "name": "echo", "port": 7070}
BACKENDS = [{"name": f"echo-v{number}", "port": 7070, "weight": 50} for number in (1, 2)]
SOURCE = {"source": {"principals": ["cluster.local/ns/shop/sa/front"]}}
CLEAN = {
    "Pod": body("v1", "Pod", POD),
    "PeerAuthentication": body("security.istio.io/v1", "PeerAuthentication", {"mtls": {"mode": "STRICT"}}),
    "DestinationRule": body(
        "networking.istio.io/v1",
        "DestinationRule",
        {
            "host": "echo",
            "trafficPolicy": {"tls": {"mode": "ISTIO_MUTUAL"}},
            "subsets": [{"name": name, "labels": {"version": name}} for name in ("v1", "v2")],
        },
    ),
    "VirtualService": body(
        "networking.istio.io/v1",
        "VirtualService",
        {
            "hosts": ["echo"],
            "http": [
                {"match": [{"headers": {"x": {"exact": "y"}}}], "route": [destination("v1"), destination("v2")]},
                {"route": [destination("v1"), destination("v2")], "timeout": "5s"},
            ],
        },
    ),
    "HTTPRoute": body(
        "gateway.networking.k8s.io/v1",
        "HTTPRoute",
        {
            "parentRefs": [SERVICE],
            "rules": [{"matches": [{"path": {"type": "Exact", "value": "/a.B/C"}}], "backendRefs": BACKENDS}],
        },
    ),
    "AuthorizationPolicy": body(
        "security.istio.io/v1",
        "AuthorizationPolicy",
        {
            "selector": {"matchLabels": {"app": "echo"}},
            "rules": [{"from": [SOURCE], "to": [{"operation": {"paths": ["/a.B/C"]}}]}, {"from": [SOURCE]}],
        },
    ),
}
FIRST = {"PX108": "Pod", "PX119": "Pod", "PX520": "HTTPRoute", "PX606": "AuthorizationPolicy"}
"""What is created for a rule, where it is not the first of its kinds."""


def added(plane: ControlPlane, made: Body, places: tuple[str, str], number: int) -> tuple[float, float]:
    """Medians of creates in the first and in the second namespace, milliseconds."""
    kind = KINDS[made["kind"]]
    root = f"apis/{kind.group}" if kind.group else "api"
    took: tuple[list[float], list[float]] = ([], [])
    for _ in range(number + WARM_UP):
        for namespace, times in zip(places, took, strict=True):
            path = f"/{root}/{kind.version}/namespaces/{namespace}/{kind.plural}?dryRun=All"
            started = time.perf_counter()
            plane.api.request("POST", path, made)
            times.append(1000 * (time.perf_counter() - started))
    without, beside = (statistics.median(times[WARM_UP:]) for times in took)
    return without, beside


def row(name: str, made: Body, times: tuple[float, float], promised: float) -> None:
    """One line of the table, and what it fell short of."""
    without, beside = times
    print(
        f"| {name} | {made['kind']} | {without:.2f} | {beside:.2f} | {beside - without:.2f} | {promised} |", flush=True
    )
    if beside - without > promised:
        shortfall(f"added to a create of a {made['kind']} by {name}", f"{beside - without:.2f} ms", f"{promised} ms")


def least(plane: ControlPlane) -> tuple[str, str]:
    """Namespaces where a policy is bound that says nothing: one that validates, one that changes pods."""
    says, does = Label("validates.bench.proxyless.dev", "on"), Label("changes.bench.proxyless.dev", "on")
    only = policy(ALL[0], says)
    only["metadata"]["name"] = "bench-nothing"
    only["spec"]["variables"] = []
    only["spec"]["validations"] = [{"expression": "true", "message": "nothing"}]
    bind = binding(ALL[0], chosen(says, DENY)[0])
    bind["metadata"]["name"] = bind["spec"]["policyName"] = "bench-nothing"
    plane.api.request("POST", POLICIES, only)
    plane.api.request("POST", POLICIES.replace("policies", "policybindings"), bind)
    changing = delegation.policy(InjectionSettings(), "v1")
    changing["metadata"]["name"] = "bench-nothing"
    changing["spec"]["variables"] = []
    changing["spec"]["mutations"][0]["jsonPatch"]["expression"] = (
        'has(object.metadata.annotations) ? [] : [JSONPatch{op: "add", path: "/metadata/annotations", value: {"a": "b"}}]'
    )
    bind = delegation.binding("v1", does)
    bind["metadata"]["name"] = bind["spec"]["policyName"] = "bench-nothing"
    mutating = POLICIES.replace("validating", "mutating")
    plane.api.request("POST", mutating, changing)
    plane.api.request("POST", mutating.replace("policies", "policybindings"), bind)
    return plane.namespace("validates", {says.key: says.value}), plane.namespace("changes", {does.key: does.value})


def delegated(plane: ControlPlane) -> str:
    """A namespace where the policy of delegation is bound and no other."""
    label = Label("delegates.bench.proxyless.dev", "on")
    bind = delegation.binding("v1", label)
    bind["metadata"]["name"] = "bench-delegation"
    path = POLICIES.replace("validating", "mutating").replace("policies", "policybindings")
    plane.api.request("POST", path, bind)
    return plane.namespace("delegates", {label.key: label.value, keys.NAMESPACE_INJECTION: "enabled"})


def bound(plane: ControlPlane) -> dict[str, str]:
    """A namespace for each rule, where its policy alone is bound."""
    found = {}
    for statement in ALL:
        label = Label(f"{statement.code.lower()}.bench.proxyless.dev", "on")
        only = policy(statement, label)
        only["metadata"]["name"] = f"bench-{only['metadata']['name']}"
        bind = binding(statement, chosen(label, DENY)[0])
        bind["spec"]["policyName"] = only["metadata"]["name"]
        plane.api.request("POST", POLICIES, only)
        plane.api.request("POST", POLICIES.replace("policies", "policybindings"), bind)
        found[statement.code] = plane.namespace(statement.code.lower(), {label.key: label.value})
    return found


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--number", type=int, default=300, help="creates on each side (300)")
    number = parser.parse_args().number
    undisturbed()
    with ControlPlane(crds=("istio", "gateway"), scheduler=False) as plane:
        for folder in ("manifests", "manifests/policies"):
            done = plane.kubectl("apply", "--server-side", "-k", str(REPOSITORY / folder))
            assert done.returncode == 0, done.stderr
        free = plane.namespace("free", {"proxyless.dev/injection": "disabled", "proxyless.dev/enforcement": "off"})
        strict = plane.namespace("strict", {"proxyless.dev/enforcement": "strict"})
        injected = plane.namespace(
            "injected",
            {keys.INJECTION: "enabled", keys.NAMESPACE_INJECTION: "enabled", "proxyless.dev/enforcement": "off"},
        )
        places, delegates, (says, does) = bound(plane), delegated(plane), least(plane)
        pods = f"/api/v1/namespaces/{delegates}/pods?dryRun=All"
        wait_until("policies in force", lambda: keys.MARK in str(plane.api.request("POST", pods, CLEAN["Pod"])))
        for configuration in (
            "mutatingwebhookconfigurations/a-proxyless-injector",
            "validatingwebhookconfigurations/proxyless-validator",
        ):
            plane.api.request("DELETE", f"/apis/admissionregistration.k8s.io/v1/{configuration}")
        print("| what | create of | without ms | with ms | added ms | at most |\n|---|---|---|---|---|---|")
        for statement in ALL:
            made = CLEAN[FIRST.get(statement.code, statement.kinds[0])]
            row(
                f"policy {statement.code}", made, added(plane, made, (free, places[statement.code]), number), VALIDATING
            )
        pod = CLEAN["Pod"]
        row("policy of delegation", pod, added(plane, pod, (free, delegates), number), DELEGATION)
        print(
            "| a policy that says nothing, for comparison | Pod | {:.2f} | {:.2f} | | |".format(
                *added(plane, pod, (free, says), number)
            )
        )
        print(
            "| one that adds an annotation, for comparison | Pod | {:.2f} | {:.2f} | | |".format(
                *added(plane, pod, (free, does), number)
            )
        )
        for made in CLEAN.values():
            times = added(plane, made, (free, strict), number)
            several = sum(made["kind"] in statement.kinds for statement in ALL)
            row(f"all {several} of its policies", made, times, round(VALIDATING * several, 1))
        done = plane.kubectl("delete", "-k", str(REPOSITORY / "manifests" / "policies"))
        assert done.returncode == 0, done.stderr
        done = plane.kubectl("apply", "--server-side", "-k", str(REPOSITORY / "manifests"))
        assert done.returncode == 0, done.stderr
        with Replica(plane):
            for made in CLEAN.values():
                beside = injected if made["kind"] == "Pod" else strict
                row("our webhook", made, added(plane, made, (LEFT_ALONE, beside), number), WEBHOOK)
    return 0


if __name__ == "__main__":
    sys.exit(main())
