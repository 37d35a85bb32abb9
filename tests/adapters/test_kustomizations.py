"""Kustomizations are built by kubectl, and what cannot be built is said; nothing that is in a folder is lost in silence."""

from pathlib import Path

import pytest

from lab.parts import binary
from proxyless.adapters.files import read_paths
from proxyless.adapters.reading import Reading

BASE = """\
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {ports: [{port: 80}]}
---
apiVersion: v1
kind: Service
metadata: {name: db, namespace: shop}
spec: {ports: [{port: 81}]}
"""
PATCH = "apiVersion: v1\nkind: Service\nmetadata: {name: web, namespace: shop}\nspec: {type: %s}\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", "")
    return tmp_path


@pytest.fixture
def kubectl(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PATH", str(binary("kubectl").parent))
    return folder


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


def tree(folder: Path) -> None:
    """A base, two overlays, and a file that no kustomization names."""
    write(
        folder,
        {
            "k/base/kustomization.yaml": "resources: [app.yaml]\n",
            "k/base/app.yaml": BASE,
            "k/prod/kustomization.yaml": "resources: [../base]\npatches:\n- path: type.yaml\n",
            "k/prod/type.yaml": PATCH % "NodePort",
            "k/test/kustomization.yml": "resources: [../base]\npatches:\n- path: type.yaml\n",
            "k/test/type.yaml": PATCH % "LoadBalancer",
            "k/other.yaml": PATCH.replace("web", "other") % "ClusterIP",
        },
    )


def judged(reading: Reading) -> list[list[tuple[str, object, object]]]:
    return [
        [(item.name, item.spec.get("type"), item.origin and item.origin.file) for item in mesh.subjects]
        for mesh in reading.meshes
    ]


@pytest.mark.cluster
def test_overlays_are_built_and_kept_apart(kubectl: Path) -> None:
    tree(kubectl)
    reading = read_paths(["k"])
    other, db = ("other", "ClusterIP", "k/other.yaml"), ("db", None, "k/base/app.yaml")
    assert [sorted(items) for items in judged(reading)] == [
        [db, other, ("web", "NodePort", "k/prod/kustomization.yaml")],
        [db, other, ("web", "LoadBalancer", "k/test/kustomization.yml")],
    ]
    assert (reading.problems, reading.built, reading.copies) == ((), 2, ())


@pytest.mark.cluster
def test_base_that_is_named_is_judged_too(kubectl: Path) -> None:
    tree(kubectl)
    assert judged(read_paths(["k/base"])) == [[("db", None, "k/base/app.yaml"), ("web", None, "k/base/app.yaml")]]
    assert read_paths(["k/base/kustomization.yaml"]).built == 1
    assert len(read_paths(["k/prod", "k/base"]).meshes) == 2


@pytest.mark.cluster
def test_what_kubectl_refuses_is_an_error_and_the_rest_is_judged(kubectl: Path) -> None:
    write(kubectl, {"k/kustomization.yaml": "resources: [app.yaml, gone.yaml]\nnamePrefix: x-\n", "k/app.yaml": BASE})
    reading = read_paths(["k"])
    [problem] = reading.problems
    assert str(problem).startswith(
        "k/kustomization.yaml:1: this kustomization is not judged as it is built: kubectl kustomize ended"
    )
    assert [item.name for item in reading.snapshot] == ["web", "db"]


def test_without_a_tool_changes_are_an_error_and_lists_are_none(folder: Path) -> None:
    tree(folder)
    reading = read_paths(["k"])
    assert [problem.where for problem in reading.problems] == ["k/prod/kustomization.yaml", "k/test/kustomization.yml"]
    assert "neither kustomize nor kubectl is in PATH" in str(reading.problems[0])
    assert {item.name for item in reading.snapshot} == {"web", "db", "other"}
    assert reading.left_out.kustomizations == 2
    plain = read_paths(["k/base"])
    assert ([item.name for item in plain.snapshot], plain.problems) == (["web", "db"], ())
    [note] = plain.notes
    assert note.startswith("k/base/kustomization.yaml is not built, its objects are judged as they stand: neither")


@pytest.mark.cluster
@pytest.mark.parametrize(
    "address", ["https://example.test/a.yaml", "github.com/o/r/deploy?ref=v1", "git@example.test:o/r"]
)
def test_nothing_is_fetched(kubectl: Path, address: str) -> None:
    write(kubectl, {"r/k/kustomization.yaml": f"resources: [app.yaml, '{address}']\n", "r/k/app.yaml": BASE})
    reading = read_paths(["r"])
    assert (reading.built, reading.problems, reading.left_out.kustomizations) == (0, (), 1)
    assert address in reading.notes[0]
    assert [item.name for item in reading.snapshot] == ["web", "db"]


def test_components_and_circles_end(folder: Path) -> None:
    write(
        folder,
        {
            "k/a/kustomization.yaml": "resources: [../b]\n",
            "k/b/kustomization.yaml": "resources: [../a, app.yaml]\n",
            "k/b/app.yaml": BASE,
            "k/c/kustomization.yaml": "kind: Component\npatches:\n- path: p.yaml\n",
            "k/c/p.yaml": PATCH % "NodePort",
            "k/d/kustomization.yaml": "a: [\n",
        },
    )
    reading = read_paths(["k"])
    assert {item.name for item in reading.snapshot} == {"web", "db"}
    assert [problem.where for problem in reading.problems] == ["k/d/kustomization.yaml"]
