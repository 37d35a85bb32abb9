"""Istio's settings out of ConfigMaps, IstioOperators and Helm values: what they say, where it stands, what is wrong."""

import json

import pytest

from proxyless.adapters.manifests import Manifests, read_text
from proxyless.model.resource import Ref, Resource
from proxyless.yamltext.lines import locate

MESH = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: istio, namespace: istio-system}
data:
  mesh: |-
    # as Istio writes it
    defaultConfig:
      discoveryAddress: istiod.istio-system.svc:15012
    enablePrometheusMerge: yes
    trustDomain: corp.example
"""
OPERATOR = """\
apiVersion: install.istio.io/v1alpha1
kind: IstioOperator
metadata: {name: mesh}
spec:
  hub: docker.io/istio
  tag: 1.31.1
  revision: canary
  meshConfig:
    trustDomain: corp.example
  values:
    global:
      istioNamespace: mesh
      network: n1
    meshConfig: {rootNamespace: config, trustDomain: shadowed}
"""
VALUES = """\
# values of the chart istiod
global:
  tag: 1.30.0
meshConfig:
  trustDomain: corp.example
"""


def only(found: Manifests, kind: str) -> Resource:
    assert not found.problems
    (item,) = (item for item in found.resources if item.kind == kind)
    return item


def place(text: str, item: Resource, *path: str) -> tuple[int, int]:
    assert item.origin is not None
    return locate(text, item.origin, path)


def test_config_map_with_the_mesh() -> None:
    found = read_text(MESH, "f")
    mesh = only(found, "MeshConfig")
    assert mesh.ref == Ref("MeshConfig", "istio-system", "istio")
    assert (mesh.body["trustDomain"], mesh.body["enablePrometheusMerge"]) == ("corp.example", True)
    assert place(MESH, mesh, "trustDomain") == (10, 5)
    assert place(MESH, mesh, "defaultConfig", "discoveryAddress") == (8, 7)
    assert {item.kind for item in found.resources} == {"MeshConfig", "ConfigMap"}
    assert (found.total, found.ignored) == (1, 0)


def test_config_map_with_the_injectors_values_as_json() -> None:
    data = {"config": "templates: {}", "values": json.dumps({"global": {"tag": "1.31.0"}})}
    metadata = {"name": "istio-sidecar-injector-canary", "namespace": "mesh"}
    text = json.dumps({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data})
    injector = only(read_text(text, "f"), "InjectorConfig")
    assert injector.ref == Ref("InjectorConfig", "mesh", "istio-sidecar-injector-canary")
    assert injector.body["global"]["tag"] == "1.31.0"
    assert place(text, injector, "global", "tag")[0] == 1


def test_operator() -> None:
    found = read_text(OPERATOR, "f")
    mesh, injector = only(found, "MeshConfig"), only(found, "InjectorConfig")
    assert (mesh.ref, injector.ref) == (
        Ref("MeshConfig", "mesh", "istio-canary"),
        Ref("InjectorConfig", "mesh", "istio-sidecar-injector-canary"),
    )
    assert (mesh.body["trustDomain"], mesh.body["rootNamespace"]) == ("corp.example", "config")
    assert injector.body["global"]["tag"] == "1.31.1"
    assert place(OPERATOR, mesh, "trustDomain") == (9, 5)
    assert place(OPERATOR, injector, "global", "network") == (13, 7)
    assert (found.total, found.ignored, len(found.resources)) == (1, 0, 2)


def test_helm_values() -> None:
    found = read_text(VALUES, "values.yaml")
    mesh, injector = only(found, "MeshConfig"), only(found, "InjectorConfig")
    assert mesh.ref == Ref("MeshConfig", "istio-system", "istio")
    assert (place(VALUES, mesh, "trustDomain"), place(VALUES, injector, "global", "tag")) == ((5, 3), (3, 3))


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        (
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: istio-ca-root-cert}\ndata: {mesh: 'a: 1'}",
            {"ConfigMap", "MeshConfig"},
        ),
        ("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: app}\ndata: {mesh: 'a: 1'}", {"ConfigMap"}),
        ("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: istio}\ndata: {other: 'a: 1'}", {"ConfigMap"}),
        ("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: istio}\ndata: {mesh: ''}", {"ConfigMap", "MeshConfig"}),
        ("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: istio}\ndata: 3", {"ConfigMap"}),
        ("apiVersion: install.istio.io/v1alpha1\nkind: IstioOperator\nspec: 3", set()),
        (
            "apiVersion: install.istio.io/v1alpha1\nkind: IstioOperator\nspec: {meshConfig: 3, values: 4}",
            set(),
        ),
        ("apiVersion: install.istio.io/v1alpha1\nkind: IstioOperator\nspec: {tag: '1.31'}", {"InjectorConfig"}),
    ],
)
def test_only_what_holds_settings(text: str, kinds: set[str]) -> None:
    assert {item.kind for item in read_text(text, "f").resources} == kinds


@pytest.mark.parametrize(("mesh", "said"), [("'a: ['", "not YAML"), ("'[1]'", "expected a mapping")])
def test_text_that_cannot_be_read_is_told_and_the_rest_is_used(mesh: str, said: str) -> None:
    text = f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: istio, namespace: mesh}}\ndata: {{mesh: {mesh}}}"
    found = read_text(f"---\n{text}", "f")
    (problem,) = found.problems
    assert said in str(problem)
    assert "mesh of ConfigMap mesh/istio" in str(problem)
    assert (problem.where, problem.line) == ("f", 2)
    assert [item.kind for item in found.resources] == ["ConfigMap"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("trustDomain: corp.example\naccessLogFile: /dev/stdout\n", True),
        ("defaultConfig: {holdApplicationUntilProxyStarts: true}\n", True),
        ("trustDomain: corp.example\nimage: x\n", False),
        ("certificates: []\n", False),
        ("{}", False),
    ],
)
def test_bare_mesh_config_is_read_as_istioctl_reads_it(text: str, found: bool) -> None:
    read = read_text(text, "mesh.yaml", strict=False)
    assert [str(item.ref) for item in read.resources] == ["MeshConfig istio-system/istio"] * found
    assert [item.origin.inside for item in read.resources if item.origin] == [()] * found
    assert bool(read_text(text, "mesh.yaml").problems) is not found
