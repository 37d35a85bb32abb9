"""Webhook and linter read a pod alike: who injects it, framework, library, targets, hold and the way to xDS.

The pod stands in the linter's files as it stands in the review: alone, and as the template of a Deployment.
"""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inject.golden import CASES, INJECTED, Case
from inject.pods import NAMESPACES, PODS, SETTINGS, WISHES, broken
from proxyless.inject.pod import inject
from proxyless.inject.settings import InjectionSettings
from proxyless.lint.engine import run
from proxyless.lint.mesh_settings import MeshSettings
from proxyless.lint.pods import injected_by_us
from proxyless.lint.rules import ALL
from proxyless.lint.world import World
from proxyless.mesh.pod.application import Application, application_of
from proxyless.mesh.pod.decision import Inject, Skip
from proxyless.mesh.pod.our_injector import reaches_us
from proxyless.mesh.pod.pod import Pod
from proxyless.mesh.pod.shape import MalformedPod, check_shape
from proxyless.mesh.pod.surroundings import Namespace, Wish
from proxyless.mesh.workload import Profile, Workload
from proxyless.model.resource import Ref, Resource
from proxyless.model.snapshot import Snapshot

OFTEN = settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
POLICY = Ref("ProxylessPolicy", "shop", "default")


def _objects(pod: Any, namespace: Namespace, *, template: bool) -> list[Resource]:
    body = pod if isinstance(pod, dict) else {}
    labels = {"labels": dict(namespace.labels), "annotations": dict(namespace.annotations)}
    around = Resource(Ref("Namespace", "", namespace.name), {"metadata": {"name": namespace.name, **labels}})
    if template:
        owner = {"metadata": {"name": "cart"}, "spec": {"template": body}}
        return [around, Resource(Ref("Deployment", namespace.name, "cart"), owner)]
    metadata = body.get("metadata")
    if isinstance(metadata, dict):  # a pod of an owner is left to its owner
        body = {**body, "metadata": {key: value for key, value in metadata.items() if key != "ownerReferences"}}
    return [around, Resource(Ref("Pod", namespace.name, "cart"), body)]


def _world(
    pod: Any, namespace: Namespace, told: InjectionSettings, wish: Wish | None, *, template: bool
) -> tuple[World, Workload]:
    profiles: tuple[Profile, ...] = ()
    if wish is not None:
        profiles = (
            Profile(
                namespace.name,
                {},
                framework=wish.framework,
                language=wish.language,
                version=wish.version,
                targets=wish.targets,
                source=POLICY,
                inject=wish.inject,
                xds=wish.xds,
            ),
        )
    objects = _objects(pod, namespace, template=template)
    world = World(Snapshot(objects), MeshSettings(injector=True, injectors=told.injectors, profiles=profiles))
    workload = world.workload(objects[-1])
    assert workload is not None
    return world, workload


def _said(application: Application) -> tuple[object, ...]:
    return application[: Application._fields.index("remarks")]


def _agree(pod: Any, namespace: Namespace, told: InjectionSettings, wish: Wish | None, *, template: bool) -> None:
    wish = wish._replace(source=str(POLICY)) if wish is not None else None
    if not template:  # what Kubernetes sets of an owner is not in the manifest of a pod
        pod = {**pod, "metadata": {**(pod.get("metadata") or {}), "ownerReferences": None}}
    world, workload = _world(pod, namespace, told, wish, template=template)
    webhook = inject(pod, namespace, told, wish).decision
    linter = world.decision_of(workload)
    if isinstance(webhook, Inject) and isinstance(linter, Inject):
        assert (linter.mode, linter.xds, linter.native) == (webhook.mode, webhook.xds, webhook.native)
        assert (linter.reason, linter.notes, linter.by) == (webhook.reason, webhook.notes, webhook.by)
    else:
        assert isinstance(webhook, Skip)
        assert isinstance(linter, Skip)
        assert (linter.reason, linter.asked, linter.done) == (webhook.reason, webhook.asked, webhook.done)
    alone = application_of(Pod(pod), told.injectors, wish)
    assert _said(world.application_of(workload)) == _said(alone)
    reached = reaches_us(Pod(pod), namespace)
    done = isinstance(webhook, Skip) and webhook.reason == "already injected by proxyless"
    assert injected_by_us(workload, world) is (done or (reached and isinstance(webhook, Inject)))


@pytest.mark.parametrize("template", [False, True])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_every_case_of_injection_reads_alike(case: Case, template: bool) -> None:
    _agree(case.pod, case.namespace, case.settings, case.wish, template=template)


@OFTEN
@given(pod=PODS, namespace=NAMESPACES, told=SETTINGS, wish=WISHES, template=st.booleans())
def test_any_pod_reads_alike(
    pod: Any, namespace: Namespace, told: InjectionSettings, wish: Wish | None, template: bool
) -> None:
    _agree(pod, namespace, told, wish, template=template)


def _refusal(pod: Any) -> MalformedPod | None:
    try:
        check_shape(pod)
    except MalformedPod as error:
        return error
    return None


@OFTEN
@given(pod=broken(), namespace=NAMESPACES, told=SETTINGS, wish=WISHES, template=st.booleans())
def test_the_linter_reads_what_the_webhook_refuses(
    pod: Any, namespace: Namespace, told: InjectionSettings, wish: Wish | None, template: bool
) -> None:
    if (error := _refusal(pod)) is not None:
        refused = inject(pod, namespace, told, wish).decision
        assert refused == Skip(f"not a pod that can be injected: {error}", "malformed", asked=True)
    world, workload = _world(pod, namespace, told, wish, template=template)
    world.decision_of(workload)
    world.application_of(workload)
    report = run(ALL, world, world.snapshot)
    assert not [notice for notice in report.notices if notice.internal]


@pytest.mark.parametrize("case", INJECTED, ids=lambda case: case.name)
def test_pods_that_our_injector_made_are_not_taken_for_pods_without_an_agent(case: Case) -> None:
    world, workload = _world(case.injected(), case.namespace, case.settings, None, template=False)
    assert injected_by_us(workload, world)
    assert world.is_proxyless(workload)
    codes = {finding.code for finding in run(ALL, world, world.snapshot).findings}
    assert codes.isdisjoint({"PX101", "PX107", "PX120", "PX121", "PX805"})
