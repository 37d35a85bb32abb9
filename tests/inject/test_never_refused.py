"""Whatever the API server accepts as settings and as a pod, it accepts the pod that we make of it (design decision 16).

The pod is created by dry run, once as it is and once patched; ``PROXYLESS_EXAMPLES=100000`` makes a long run.
"""

import copy
import json
import os
from pathlib import Path
from typing import Any

import jsonpatch
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from inject.acceptable_meshes import INJECTORS, MESH_CONFIGS, MESHES
from inject.acceptable_pods import PODS, filled
from lab.controlplane import ControlPlane
from lab.errors import ApiError
from proxyless.adapters import policies
from proxyless.inject.pod import Injection, inject
from proxyless.inject.settings import InjectionSettings
from proxyless.mesh.istio_settings import INJECTOR_CONFIG, MESH_CONFIG
from proxyless.mesh.pod.surroundings import Namespace
from proxyless.model.resource import Ref, Resource
from proxyless.model.snapshot import Snapshot

CRDS = Path(__file__).parents[2] / "crds"
USUAL = 500
EXAMPLES = int(os.environ.get("PROXYLESS_EXAMPLES", USUAL))
MESH_PATH = "/apis/proxyless.dev/v1alpha1/proxylessmeshes?dryRun=All"


@pytest.fixture(scope="module")
def room(control_plane: ControlPlane) -> str:
    """A namespace with a service account, beside the installed kinds."""
    done = control_plane.kubectl("apply", "--server-side", "-k", CRDS)
    assert done.returncode == 0, done.stderr
    done = control_plane.kubectl("wait", "--for=condition=Established", "crd", "proxylessmeshes.proxyless.dev")
    assert done.returncode == 0, done.stderr
    return control_plane.namespace()


@settings(
    max_examples=EXAMPLES,
    derandomize=EXAMPLES == USUAL,  # the same pods in every run of the gate; a long run draws others each time
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.generate, Phase.shrink],
)
@given(
    world=st.tuples(st.one_of(st.none(), MESHES), st.one_of(st.none(), INJECTORS), st.one_of(st.none(), MESH_CONFIGS)),
    pod=PODS,
)
@pytest.mark.timeout(0 if EXAMPLES > 2000 else 300)
def test_a_pod_that_is_accepted_stays_accepted(
    control_plane: ControlPlane,
    room: str,
    world: tuple[Any, Any, Any],
    pod: dict[str, Any],
) -> None:
    pod = filled(pod)
    made = patched(told(control_plane, *world), pod, room)
    if not made.operations:
        return
    if refusal(control_plane, room, pod):
        return
    after = jsonpatch.apply_patch(pod, made.operations)
    assert refusal(control_plane, room, after) == "", json.dumps(made.operations)


def test_a_port_of_the_users_keeps_its_name(control_plane: ControlPlane, room: str) -> None:
    """Found by a long run: the user's container for the agent names another port as ours is named."""
    agent = {"name": "istio-proxy", "image": "auto", "ports": [{"containerPort": 15021, "name": "mesh-metrics"}]}
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "cart", "annotations": {"proxyless.dev/inject": "true"}},
        "spec": {"containers": [{"name": "cart", "image": "a:1"}, agent]},
    }
    after = jsonpatch.apply_patch(pod, patched(InjectionSettings(), pod, room).operations)
    assert refusal(control_plane, room, after) == ""
    assert [item.get("name") for item in after["spec"]["containers"][0]["ports"]] == [None, "mesh-metrics"]


def told(plane: ControlPlane, mesh: Any, injector: Any, config: Any) -> InjectionSettings:
    """What injection is told by these objects, of which the API server accepts the first."""
    objects = []
    body = {
        "apiVersion": "proxyless.dev/v1alpha1",
        "kind": "ProxylessMesh",
        "metadata": {"name": "default"},
        "spec": mesh,
    }
    if mesh is not None and not _refused(plane, MESH_PATH, body):
        objects.append(Resource(Ref("ProxylessMesh", "", "default"), body))
    if injector is not None:
        objects.append(Resource(Ref(INJECTOR_CONFIG, "istio-system", "istio-sidecar-injector"), injector))
    if config is not None:
        objects.append(Resource(Ref(MESH_CONFIG, "istio-system", "istio"), config))
    return policies.injection_settings_from(Snapshot(objects), InjectionSettings())


def patched(settings: InjectionSettings, pod: dict[str, Any], namespace: str) -> Injection:
    """The answer of the webhook's one function."""
    return inject(copy.deepcopy(pod), Namespace(namespace, {}, {}), settings)


def refusal(plane: ControlPlane, namespace: str, pod: dict[str, Any]) -> str:
    """Why the API server refuses to create a pod; empty where it does not."""
    return _refused(plane, f"/api/v1/namespaces/{namespace}/pods?dryRun=All", pod)


def _refused(plane: ControlPlane, path: str, body: dict[str, Any]) -> str:
    try:
        plane.api.request("POST", path, body)
    except ApiError as error:
        return str(error)
    return ""
