"""The product as its user meets it: kubectl, a real API server, our manifests, a replica with the rights that they give."""

import json
import re
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from lab.controlplane import ControlPlane
from webhook.identity import kubeconfig_of
from webhook.replica import Replica

pytestmark = pytest.mark.usefixtures("replica")

STRICT = {"proxyless.dev/enforcement": "strict", "proxyless.dev/injection": "enabled"}
PERMISSIVE = """
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: default}
spec: {mtls: {mode: PERMISSIVE}}
"""
POD = """
apiVersion: v1
kind: Pod
metadata: {name: echo, labels: {app: echo}}
spec: {containers: [{name: app, image: "echo:1", ports: [{containerPort: 7070}]}]}
"""


@pytest.fixture(scope="module")
def replica(plane: ControlPlane, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Replica]:
    config = kubeconfig_of(plane, "proxyless-system", "proxyless-webhook", tmp_path_factory.mktemp("identity"))
    with Replica(plane, env={"KUBECONFIG": str(config)}) as running:
        running.until("ok")
        yield running


def _pod(plane: ControlPlane, namespace: str, name: str = "echo") -> dict[str, Any]:
    found: dict[str, Any] = plane.api.request("GET", f"/api/v1/namespaces/{namespace}/pods/{name}")
    return found


def _containers(pod: dict[str, Any]) -> list[str]:
    return [item["name"] for item in pod["spec"]["containers"]]


def test_the_manifests_give_all_rights_that_a_replica_needs(replica: Replica) -> None:
    text = replica.until("ok")
    while "not listed yet" in text:
        text = replica.until("ok")
    assert text == "ok\n", replica.process.tail()
    log = replica.process.log.read_text()
    assert not re.search(r"(?<![\d,.:])403\b", log), log  # not the milliseconds of a time
    assert "orbidden" not in log


def test_permissive_is_refused_in_a_strict_namespace_with_reason_and_remedy(plane: ControlPlane) -> None:
    namespace = plane.namespace(labels=STRICT)
    done = plane.kubectl("apply", "-n", namespace, "-f", "-", stdin=PERMISSIVE)
    assert done.returncode != 0
    for words in ('admission webhook "strict.validate.proxyless.dev" denied', "PERMISSIVE", "STRICT", "PX301"):
        assert words in done.stderr
    assert "NotFound" in plane.kubectl("get", "peerauthentication", "default", "-n", namespace).stderr


def test_an_older_api_version_is_judged_alike(plane: ControlPlane) -> None:
    namespace = plane.namespace(labels=STRICT)
    old = PERMISSIVE.replace("security.istio.io/v1", "security.istio.io/v1beta1")
    assert "PX301" in plane.kubectl("apply", "-n", namespace, "-f", "-", stdin=old).stderr


def test_a_virtual_service_with_unsupported_fields_is_accepted_with_one_warning_each(plane: ControlPlane) -> None:
    namespace = plane.namespace(labels={"proxyless.dev/enforcement": "warn"})
    text = """
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: echo}
spec:
  hosts: [echo]
  http:
  - mirror: {host: other}
    rewrite: {uri: /x}
    headers: {request: {set: {a: b}}}
    route: [{destination: {host: echo}}]
"""
    done = plane.kubectl("apply", "-n", namespace, "-f", "-", stdin=text)
    assert done.returncode == 0
    warned = [line for line in done.stderr.splitlines() if line.startswith("Warning: PX")]
    for field in ("spec.http[0].mirror", "spec.http[0].rewrite", "spec.http[0].headers"):
        assert sum(field in line for line in warned) == 1, (field, warned)


def test_pods_of_an_injected_namespace_get_the_agent_unless_they_opt_out(plane: ControlPlane, replica: Replica) -> None:
    namespace = plane.namespace(labels={"proxyless.dev/injection": "enabled"})
    plane.apply(POD, namespace=namespace)
    pod = _pod(plane, namespace)
    assert _containers(pod) == ["istio-proxy", "app"]
    assert json.loads(pod["metadata"]["annotations"]["proxyless.dev/injected"])["mode"] == "own"
    out = POD.replace("name: echo,", "name: out,").replace("{app: echo}", '{app: echo, proxyless.dev/inject: "false"}')
    before = replica.count('proxyless_admission_reviews_total{outcome="allowed",webhook="inject"}')
    plane.apply(out, namespace=namespace)
    assert _containers(_pod(plane, namespace, "out")) == ["app"]
    assert replica.count('proxyless_admission_reviews_total{outcome="allowed",webhook="inject"}') == before


@pytest.mark.parametrize(
    "asks",
    [
        '{proxyless.dev/inject: "true"}',
        '{inject.istio.io/templates: "grpc-agent"}',
        '{inject.istio.io/templates: "custom, grpc-agent"}',
    ],
)
def test_elsewhere_a_pod_that_asks_by_annotation_gets_it(plane: ControlPlane, asks: str) -> None:
    namespace = plane.namespace()
    plane.apply(POD.replace("labels: {app: echo}", f"labels: {{app: echo}}, annotations: {asks}"), namespace=namespace)
    assert "istio-proxy" in _containers(_pod(plane, namespace))


def test_a_pod_that_does_not_ask_costs_no_call(plane: ControlPlane, replica: Replica) -> None:
    namespace = plane.namespace()
    before = replica.count('proxyless_admission_seconds_count{webhook="inject"}')
    plane.apply(POD, namespace=namespace)
    assert _containers(_pod(plane, namespace)) == ["app"]
    assert replica.count('proxyless_admission_seconds_count{webhook="inject"}') == before
    plane.apply(POD, namespace=plane.namespace(labels=STRICT))
    assert replica.count('proxyless_admission_seconds_count{webhook="inject"}') == before + 1


def test_a_policy_names_the_pods_of_a_namespace_that_leaves_it_to_policies(
    plane: ControlPlane, replica: Replica
) -> None:
    namespace = plane.namespace(labels={"proxyless.dev/injection": "policy"})
    plane.apply(
        """
apiVersion: proxyless.dev/v1alpha1
kind: ProxylessPolicy
metadata: {name: shop}
spec: {workloads: [{selector: {matchLabels: {app: echo}}, inject: true}]}
""",
        namespace=namespace,
    )
    for number in range(50):  # the watch brings the policy to the replica
        name = f"echo-{number}"
        plane.apply(POD.replace("name: echo,", f"name: {name},"), namespace=namespace)
        if "istio-proxy" in _containers(_pod(plane, namespace, name)):
            break
    else:
        raise AssertionError(replica.process.tail())
    plane.apply(POD.replace("name: echo,", "name: other,").replace("app: echo", "app: other"), namespace=namespace)
    assert _containers(_pod(plane, namespace, "other")) == ["app"]


def test_a_dry_run_is_judged_and_changes_nothing(plane: ControlPlane) -> None:
    namespace = plane.namespace(labels=STRICT)
    done = plane.kubectl("apply", "-n", namespace, "--dry-run=server", "-f", "-", stdin=PERMISSIVE)
    assert "PX301" in done.stderr
    done = plane.kubectl("create", "-n", namespace, "--dry-run=server", "-o", "json", "-f", "-", stdin=POD)
    assert "istio-proxy" in _containers(json.loads(done.stdout))


def test_what_stood_before_a_namespace_became_strict_can_be_touched_and_deleted(plane: ControlPlane) -> None:
    namespace = plane.namespace()
    plane.apply(
        PERMISSIVE.replace("{name: default}", "{name: default, finalizers: [example.com/wait]}"), namespace=namespace
    )
    assert plane.kubectl("label", "namespace", namespace, "proxyless.dev/enforcement=strict").returncode == 0
    done = plane.kubectl("label", "peerauthentication", "default", "-n", namespace, "team=a")
    assert (done.returncode, "PX301" in done.stderr) == (0, True)
    assert plane.kubectl("delete", "peerauthentication", "default", "-n", namespace, "--wait=false").returncode == 0
    done = plane.kubectl(
        "patch",
        "peerauthentication",
        "default",
        "-n",
        namespace,
        "--type=merge",
        "-p",
        '{"metadata":{"finalizers":null}}',
    )
    assert done.returncode == 0, done.stderr
    assert "NotFound" in plane.kubectl("get", "peerauthentication", "default", "-n", namespace).stderr


def test_a_policy_turns_a_refusal_into_a_warning_where_the_owner_lets_it(plane: ControlPlane) -> None:
    namespace = plane.namespace(labels=STRICT)
    policy = """
        apiVersion: proxyless.dev/v1alpha1
        kind: ProxylessPolicy
        metadata: {name: lenient}
        spec: {enforcement: [{rule: PX301, action: warn}]}
        """
    plane.apply(textwrap.dedent(policy), namespace=namespace)
    with owner_lets(plane, "policies"):
        for _ in range(50):  # the watch brings both to the replica
            done = plane.kubectl("apply", "-n", namespace, "-f", "-", stdin=PERMISSIVE)
            if done.returncode == 0:
                break
        assert done.returncode == 0
        assert "Warning: PX301" in done.stderr


@contextmanager
def owner_lets(plane: ControlPlane, who: str) -> Iterator[None]:
    """A ProxylessMesh that lets others excuse in strict namespaces, for a while."""
    mesh = f"""
        apiVersion: proxyless.dev/v1alpha1
        kind: ProxylessMesh
        metadata: {{name: default}}
        spec: {{strict: {{mayExcuse: [{who}]}}}}
        """
    plane.apply(textwrap.dedent(mesh))
    try:
        yield
    finally:
        plane.kubectl("delete", "proxylessmesh", "default")


def test_an_annotation_excuses_in_a_strict_namespace_where_the_owner_lets_it(plane: ControlPlane) -> None:
    namespace = plane.namespace(labels=STRICT)
    excused = PERMISSIVE.replace(
        "{name: default}",
        '{name: default, annotations: {proxyless.dev/ignore: "PX301=sidecars only here until 2999-01-01"}}',
    )
    refused = plane.kubectl("apply", "-n", namespace, "-f", "-", stdin=excused)
    assert "An annotation does not excuse it in a strict namespace" in refused.stderr
    with owner_lets(plane, "annotations"):
        for _ in range(50):  # the watch brings the mesh to the replica
            done = plane.kubectl("apply", "-n", namespace, "-f", "-", stdin=excused)
            if done.returncode == 0:
                break
    assert done.returncode == 0
