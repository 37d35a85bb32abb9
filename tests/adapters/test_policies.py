"""Objects of our own kinds into settings, exemptions, enforcement and injection settings."""

import subprocess
import sys
from datetime import UTC, datetime
from typing import Any

import pytest

from proxyless.adapters.effective_settings import shown_settings
from proxyless.adapters.policies import (
    enforcement_from,
    exemptions_from,
    injection_settings_from,
    problems_in,
    read,
    settings_from,
    wish_for,
)
from proxyless.inject.settings import InjectionSettings
from proxyless.lint.mesh_settings import MeshSettings
from proxyless.lint.select import Exemption
from proxyless.mesh.pod.surroundings import Wish
from proxyless.model.client import Framework, Language
from proxyless.model.enforcement import Action
from proxyless.model.path import show
from proxyless.model.resource import Ref, Resource, resource
from proxyless.model.snapshot import Snapshot
from proxyless.model.version import Version


def mesh(spec: Any, name: str = "default") -> Resource:
    return Resource(Ref("ProxylessMesh", "", name), {"spec": spec})


def policy(spec: Any, namespace: str = "shop", name: str = "p") -> Resource:
    return Resource(Ref("ProxylessPolicy", namespace, name), {"spec": spec})


def world(*items: Resource) -> Snapshot:
    return Snapshot(items)


EMPTY = world()


def test_without_objects_the_base_holds() -> None:
    base, injection = MeshSettings(istio=Version(1, 29), trust_domain="td"), InjectionSettings(mode="own")
    assert settings_from(EMPTY, base) == base
    assert injection_settings_from(EMPTY, injection) is injection
    assert exemptions_from(EMPTY) == ()
    assert enforcement_from(EMPTY).action("shop", "PX301") is Action.WARN
    assert problems_in(EMPTY) == ()


def test_what_the_mesh_leaves_out_is_left_to_the_base() -> None:
    base = MeshSettings(istio=Version(1, 29), trust_domain="td", hold_default=True)
    said = {"istio": {"version": "v1.31.0", "rootNamespace": "istio-config", "clusterDomain": "lan"}}
    settings = settings_from(world(mesh(said)), base)
    assert settings == MeshSettings(
        istio=Version(1, 31, 0), root_namespace="istio-config", domain="lan", trust_domain="td", hold_default=True
    )


def test_what_is_false_is_said() -> None:
    settings = settings_from(world(mesh({"istio": {"holdDefault": False}})), MeshSettings(hold_default=True))
    assert settings.hold_default is False


def test_workloads_become_profiles_in_order_of_policy_names() -> None:
    first = {"selector": {"matchLabels": {"app": "a"}}, "language": "go", "version": "1.66.3", "targets": 2}
    snapshot = world(
        policy({"workloads": [{"framework": "kitex", "version": "0.10.3"}]}, name="z"),
        policy({"workloads": [first, {"framework": "dubbo"}]}, name="a"),
    )
    profiles = settings_from(snapshot, MeshSettings()).profiles
    assert [(p.framework, p.language, p.version, p.targets, p.selector) for p in profiles] == [
        (None, Language.GO, Version(1, 66, 3), 2, {"app": "a"}),
        (Framework.DUBBO, None, None, None, {}),
        (Framework.KITEX, Language.GO, Version(0, 10, 3), None, {}),
    ]
    assert {profile.namespace for profile in profiles} == {"shop"}


def test_exceptions_become_exemptions() -> None:
    entry = {"rule": "PX502", "kind": "VirtualService", "name": "echo", "reason": " the gateway mirrors "}
    snapshot = world(
        policy({"exceptions": [entry, {"rule": "PX503", "reason": "not used here", "expires": "2027-01-01T00:00:00Z"}]})
    )
    assert exemptions_from(snapshot) == (
        Exemption("shop", "PX502", "the gateway mirrors", "VirtualService", "echo"),
        Exemption("shop", "PX503", "not used here", expires=datetime(2027, 1, 1, tzinfo=UTC)),
    )


def test_enforcement_is_collected_from_mesh_policies_and_labels() -> None:
    snapshot = world(
        mesh({"enforcement": [{"rule": "PX5*", "action": "audit"}]}),
        policy({"enforcement": [{"rule": "PX502", "action": "warn"}]}, name="a"),
        policy({"enforcement": [{"rule": "PX502", "action": "deny"}]}, name="b"),
        Resource(Ref("Namespace", "", "web"), {"metadata": {"labels": {"proxyless.dev/enforcement": "strict"}}}),
    )
    enforcement = enforcement_from(read(snapshot))
    assert enforcement.action("shop", "PX502") is Action.DENY
    assert enforcement.action("shop", "PX503") is Action.AUDIT
    assert enforcement.action("shop", "PX301") is Action.WARN
    assert enforcement.action("web", "PX301") is Action.DENY


def test_injection_settings() -> None:
    spec = {
        "istio": {"revision": "canary", "trustDomain": "td", "namespace": "istio-two", "rootNamespace": "other"},
        "injection": {
            "mode": "own",
            "xds": "direct",
            "image": "img:1",
            "resources": {"requests": {"cpu": "20m"}},
            "caAddress": "ca:1",
            "discoveryAddress": "istiod:2",
            "clusterID": "c1",
            "meshID": "m1",
            "network": "n1",
            "nativeSidecar": "never",
            "hold": False,
        },
    }
    settings = injection_settings_from(world(mesh(spec)), InjectionSettings())
    assert settings == InjectionSettings(
        mode="own",
        xds="direct",
        image="img:1",
        resources={"requests": {"cpu": "20m"}},
        ca_address="ca:1",
        discovery_address="istiod:2",
        cluster_id="c1",
        mesh_id="m1",
        network="n1",
        native_sidecar=False,
        hold=False,
        revision="canary",
        trust_domain="td",
        istio_namespace="istio-two",
    )


def test_the_first_entry_that_selects_a_pod_is_its_wish() -> None:
    first = {"selector": {"matchLabels": {"app": "a"}}, "inject": True, "xds": "direct", "language": "go"}
    snapshot = world(policy({"workloads": [first, {"inject": False}]}))
    assert wish_for(snapshot, "shop", {"app": "a", "x": "y"}) == Wish(
        inject=True, xds="direct", language=Language.GO, source="ProxylessPolicy shop/p"
    )
    assert wish_for(snapshot, "shop", {"app": "b"}) == Wish(inject=False, source="ProxylessPolicy shop/p")
    assert wish_for(snapshot, "web", {"app": "a"}) is None


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ({"exceptions": [{"rule": "PX502"}]}, "spec.exceptions[0].reason: Field required"),
        ({"workloads": [{"version": "1.66"}]}, "spec.workloads[0]: version needs language"),
        ({"enforcement": [{"rule": "x", "action": "warn"}]}, "spec.enforcement[0].rule: must be a rule's code"),
        ({"workloads": "all"}, "spec.workloads: Input should be a valid tuple"),
        ("all of them", "spec: Input should be a valid dictionary"),
        (["x"], "spec: Input should be a valid dictionary"),
    ],
)
def test_an_object_that_does_not_fit_is_named_and_left_out(spec: Any, words: str) -> None:
    good = policy({"exceptions": [{"rule": "PX501", "reason": "because we say so"}]}, name="good")
    (problem,) = problems_in(world(policy(spec, name="bad"), good))
    assert words in str(problem)
    assert show(problem.path) == words.partition(":")[0]
    assert str(problem).startswith("ProxylessPolicy shop/bad: not used: ")
    assert not problem.used
    assert [exemption.code for exemption in exemptions_from(world(policy(spec, name="bad"), good))] == ["PX501"]


def test_a_field_of_a_newer_version_is_named_and_the_rest_used() -> None:
    entry = {"rule": "PX502", "reason": "because we say so", "owner": "team-a"}
    snapshot = world(policy({"exceptions": [entry], "future": {"x": 1}}))
    (problem,) = problems_in(snapshot)
    assert problem.used
    assert "left out: spec.exceptions[0].owner, spec.future" in str(problem)
    assert show(problem.path) == "spec.exceptions[0].owner"
    assert [exemption.code for exemption in exemptions_from(snapshot)] == ["PX502"]


def test_a_mesh_of_another_name_is_not_used() -> None:
    (problem,) = problems_in(world(mesh({"istio": {"version": "1.20"}}, name="other")))
    assert "there is one ProxylessMesh" in str(problem)
    assert show(problem.path) == "metadata.name"
    assert settings_from(world(mesh({"istio": {"version": "1.20"}}, name="other")), MeshSettings()) == MeshSettings()


@pytest.mark.parametrize("spec", [None, {}])
def test_an_empty_spec_says_nothing(spec: Any) -> None:
    snapshot = world(mesh(spec), policy(spec))
    assert problems_in(snapshot) == ()
    assert settings_from(snapshot, MeshSettings()) == MeshSettings()


def test_files_are_read_alike() -> None:
    body = {"apiVersion": "proxyless.dev/v1alpha1", "kind": "ProxylessMesh", "metadata": {"name": "default"}}
    item = resource({**body, "spec": {"istio": {"version": "1.30"}}})
    assert item is not None
    assert settings_from(world(item), MeshSettings()).istio == Version(1, 30)


def test_pydantic_is_loaded_only_where_there_is_an_object_of_ours() -> None:
    code = (
        "import sys; from proxyless.adapters import policies as p; from proxyless.model.snapshot import Snapshot; "
        "from proxyless.lint.world import MeshSettings; p.settings_from(Snapshot(), MeshSettings()); p.exemptions_from(Snapshot()); "
        "assert 'pydantic' not in sys.modules, 'pydantic was imported'"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        check=False,
        capture_output=True,
        text=True,
        env={"PYTHONPATH": ":".join(sys.path)},
    )
    assert done.returncode == 0, done.stderr


MESH_CONFIG = Resource(
    Ref("MeshConfig", "istio-system", "istio"),
    {"trustDomain": "theirs.example", "rootNamespace": "config", "defaultConfig": {"image": {"imageType": "debug"}}},
)
INJECTOR = Resource(
    Ref("InjectorConfig", "istio-system", "istio-sidecar-injector"),
    {"global": {"hub": "h", "tag": "1.30.2", "trustDomain": "old.example", "multiCluster": {"clusterName": "east"}}},
)


def test_istios_own_settings_stand_under_the_mesh_and_over_the_base() -> None:
    base = MeshSettings(istio=Version(1, 28), domain="lan", trust_domain="base.example")
    theirs = settings_from(world(MESH_CONFIG, INJECTOR), base)
    assert theirs == MeshSettings(
        istio=Version(1, 30, 2), root_namespace="config", domain="lan", trust_domain="theirs.example"
    )
    ours = settings_from(world(MESH_CONFIG, INJECTOR, mesh({"istio": {"trustDomain": "ours.example"}})), base)
    assert ours == theirs._replace(trust_domain="ours.example")


def test_injection_takes_what_istios_injector_would_and_the_mesh_wins() -> None:
    theirs = injection_settings_from(world(MESH_CONFIG, INJECTOR), InjectionSettings(mode="own"))
    assert theirs == InjectionSettings(
        mode="own", image="h/proxyv2:1.30.2-debug", cluster_id="east", trust_domain="theirs.example",
        proxy_config={"image": {"imageType": "debug"}},
    )  # fmt: skip
    ours = world(MESH_CONFIG, INJECTOR, mesh({"injection": {"image": "own:1", "clusterID": "west"}}))
    settings = injection_settings_from(ours, InjectionSettings())
    assert (settings.image, settings.cluster_id) == ("own:1", "west")


def test_each_setting_is_told_with_its_source() -> None:
    snapshot = world(MESH_CONFIG, INJECTOR, mesh({"istio": {"trustDomain": "ours.example"}}))
    lines = {item["name"]: (item["value"], item["source"]) for item in shown_settings(read(snapshot).effective)}
    assert lines["istio.trustDomain"] == ("ours.example", "ProxylessMesh default")
    assert lines["istio.rootNamespace"] == ("config", "ConfigMap istio-system/istio")
    assert lines["injection.clusterID"] == ("east", "ConfigMap istio-system/istio-sidecar-injector")
    assert lines["istio.version"] == ("1.30.2", "ConfigMap istio-system/istio-sidecar-injector")
    assert lines["istio.holdDefault"] == ("false", "default")
    assert "injection.network" not in lines
    assert "istio.version" not in {item["name"] for item in shown_settings({})}


def test_native_sidecars_as_the_mesh_says() -> None:
    for word, value in (("auto", None), ("always", True), ("never", False)):
        said = world(mesh({"injection": {"nativeSidecar": word}}))
        assert injection_settings_from(said, InjectionSettings(native_sidecar=True)).native_sidecar is value


def test_a_revision_reads_its_own_settings() -> None:
    canary = Resource(Ref("MeshConfig", "mesh", "istio-canary"), {"trustDomain": "canary.example"})
    both = (MESH_CONFIG, canary)
    assert settings_from(world(*both), MeshSettings()).trust_domain == "theirs.example"
    named = world(*both, mesh({"istio": {"revision": "canary", "namespace": "mesh"}}))
    assert settings_from(named, MeshSettings()).trust_domain == "canary.example"


def test_a_value_of_istio_that_no_pod_may_have_is_left_out_and_named() -> None:
    injector = Resource(
        Ref("InjectorConfig", "istio-system", "istio-sidecar-injector"),
        {
            "global": {
                "network": "bad network !!",
                "meshID": "mesh1",
                "proxy": {"resources": {"limits": {"cpu": "lots"}}},
            }
        },
    )
    found = read(world(injector))
    settings = injection_settings_from(found, InjectionSettings())
    assert (settings.network, settings.mesh_id) == ("", "mesh1")
    assert settings.resources == InjectionSettings().resources
    assert [problem.message.partition(" is not used")[0] for problem in found.problems] == [
        "ConfigMap istio-system/istio-sidecar-injector: global.network",
        "ConfigMap istio-system/istio-sidecar-injector: global.proxy.resources",
    ]
