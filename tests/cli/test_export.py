"""``proxyless export admission`` as a user runs it. What the API server makes of it: ``tests/export``."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from cli.command import proxyless
from proxyless.export.statements import ALL

POLICIES = Path(__file__).parents[2] / "manifests" / "policies"


def _documents(*arguments: str) -> list[dict[str, Any]]:
    done = proxyless("export", "admission", *arguments)
    assert (done.returncode, done.stderr) == (0, "")
    return list(yaml.safe_load_all(done.stdout))


def _kinds(documents: list[dict[str, Any]]) -> dict[str, int]:
    kinds = [document["kind"] for document in documents]
    return {kind: kinds.count(kind) for kind in kinds}


def test_all_of_it() -> None:
    assert _kinds(_documents()) == {
        "ValidatingAdmissionPolicy": len(ALL),
        "ValidatingAdmissionPolicyBinding": 3 * len(ALL),
        "MutatingAdmissionPolicy": 1,
        "MutatingAdmissionPolicyBinding": 1,
    }


def test_some_rules_for_a_label() -> None:
    arguments = ("--rules", "PX301,PX60*", "--namespace-label", "mesh=grpc", "--action", "warn")
    documents = _documents(*arguments)
    codes = {document["metadata"]["labels"]["proxyless.dev/rule"] for document in documents}
    assert codes == {"PX301", "PX602", "PX605", "PX606", "PX607"}
    bindings = [document["spec"] for document in documents if document["kind"].endswith("Binding")]
    assert {tuple(spec["validationActions"]) for spec in bindings} == {("Warn", "Audit")}
    wanted = {"key": "mesh", "operator": "In", "values": ["grpc"]}
    assert all(spec["matchResources"]["namespaceSelector"]["matchExpressions"][0] == wanted for spec in bindings)


def test_what_cannot_be_written_is_told_at_the_head() -> None:
    done = proxyless("export", "admission", "--rules", "PX301,PX302")
    head = [line for line in done.stdout.splitlines() if line.startswith("#")]
    assert any(line.startswith("# PX302 is not written: it rests on more than the request (") for line in head)


MESH = """
apiVersion: proxyless.dev/v1alpha1
kind: ProxylessMesh
metadata: {name: default}
spec:
  istio: {revision: canary}
  enforcement:
  - {rule: PX301, action: warn}
  - {rule: PX602, action: "off"}
  exceptions:
  - {rule: PX401, namespace: shop, kind: DestinationRule, name: out, reason: the provider has no mTLS}
  - {rule: PX401, namespace: old, reason: moves in May, expires: "2020-05-01T00:00:00Z"}
  - {rule: PX606, namespace: new, reason: moves in May, expires: "2999-05-01T00:00:00Z"}
"""


def test_what_the_owner_of_the_mesh_says(tmp_path: Path) -> None:
    (tmp_path / "mesh.yaml").write_text(MESH)
    done = proxyless("export", "admission", "--mesh", str(tmp_path / "mesh.yaml"))
    assert (done.returncode, done.stderr) == (0, "")
    named = {document["metadata"]["name"]: document["spec"] for document in yaml.safe_load_all(done.stdout)}
    assert named["px301.strict.proxyless.dev"]["validationActions"] == ["Warn", "Audit"]
    assert named["px401.strict.proxyless.dev"]["validationActions"] == ["Deny"]
    assert "px602.strict.proxyless.dev" not in named
    said = named["px401.proxyless.dev"]["validations"][0]["expression"]
    assert 'request.namespace == "shop" && object.kind == "DestinationRule"' in said
    assert '"old"' not in said
    assert "# PX606: an exception ends on 2999-05-01, and CEL has no clock: export again then." in done.stdout
    assert '["canary"]' in done.stdout


@pytest.mark.parametrize("setting", ["mode: own", "xds: direct", "nativeSidecar: always"])
def test_a_mesh_that_delegates_no_pod(setting: str, tmp_path: Path) -> None:
    (tmp_path / "mesh.yaml").write_text(MESH.replace("  istio:", f"  injection: {{{setting}}}\n  istio:"))
    done = proxyless("export", "admission", "--mesh", str(tmp_path / "mesh.yaml"))
    assert done.returncode == 0
    assert "MutatingAdmissionPolicy" not in done.stdout
    assert done.stderr == (
        "note: no policy of injection is written, since no pod is delegated: "
        f"injection.{setting.replace(': ', ' is ')}\n"
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("kind: Service\napiVersion: v1\nmetadata: {name: a}\n", "holds no ProxylessMesh"),
        (MESH.replace("revision: canary", "rootNamespace: mesh"), "root namespace istio-system"),
        (MESH.replace("rule: PX606", "rule: nonsense"), "spec.exceptions[2].rule: must be one rule's code"),
        (MESH.replace("name: default", "name: other"), "it is named default"),
        ("{", "mesh.yaml:"),
    ],
)
def test_a_mesh_that_cannot_be_used(text: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "mesh.yaml").write_text(text)
    done = proxyless("export", "admission", "--mesh", str(tmp_path / "mesh.yaml"))
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr


def test_older_api_of_mutating_policies() -> None:
    documents = _documents("--only", "mutating", "--mutating-api", "v1beta1")
    assert {document["apiVersion"] for document in documents} == {"admissionregistration.k8s.io/v1beta1"}


def test_a_folder_is_what_the_repository_has(tmp_path: Path) -> None:
    done = proxyless("export", "admission", "-o", f"{tmp_path}/new/")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    written = {path.name: path.read_text() for path in (tmp_path / "new").iterdir()}
    assert written == {path.name: path.read_text() for path in POLICIES.iterdir()}


def test_a_file(tmp_path: Path) -> None:
    proxyless("export", "admission", "-o", str(tmp_path / "all.yaml"))
    assert (tmp_path / "all.yaml").read_text() == proxyless("export", "admission").stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--rules", "PX999"), "no rule PX999"),
        (("--action", "warn"), "--action needs --namespace-label"),
        (("--namespace-label", "mesh"), "'mesh' is no label; write KEY=VALUE"),
        (("--rules", "PX301", "--only", "mutating"), "--only mutating writes none"),
        (("-o", "/nowhere/at/all.yaml"), "/nowhere/at/all.yaml: cannot be written: No such file or directory"),
    ],
)
def test_bad_arguments(arguments: tuple[str, ...], said: str) -> None:
    done = proxyless("export", "admission", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
