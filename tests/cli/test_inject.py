"""``proxyless inject`` and ``why-injected`` over files as their user meets them."""

import json
from pathlib import Path

import pytest

from cli.command import proxyless
from proxyless.yamltext.load import load

SHOP = """\
# the shop's namespace
apiVersion: v1
kind: Namespace
metadata:   {name: shop, labels: {proxyless.dev/injection: enabled}}   # stays as it is
---
# serves echo
apiVersion: apps/v1
kind: Deployment
metadata: {name: echo, namespace: shop}
spec:
  selector: {matchLabels: {app: echo}}
  template:
    metadata: {labels: {app: echo}}
    spec: {containers: [{name: app, image: "echo:1"}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: plain, namespace: shop}
spec:
  selector: {matchLabels: {app: plain}}
  template:
    metadata: {labels: {app: plain, proxyless.dev/inject: "false"}}
    spec: {containers: [{name: app, image: "plain:1"}]}
"""


def test_manifests_get_the_agent(tmp_path: Path) -> None:
    (tmp_path / "shop.yaml").write_text(SHOP)
    done = proxyless("inject", "-f", "shop.yaml", "--mode", "own", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    before, after = SHOP.split("---\n"), done.stdout.split("---\n")
    assert (after[0], after[2]) == (before[0], before[2]), "what stays, stays as it is written"
    assert after[1].startswith("# serves echo\napiVersion: apps/v1\n")
    made = load(after[1])
    assert isinstance(made, dict)
    pod = made["spec"]["template"]
    assert [item["name"] for item in pod["spec"]["containers"]] == ["istio-proxy", "app"]
    assert "ownerReferences" not in pod["metadata"]
    again = proxyless("inject", "-f", "-", "--mode", "own", stdin=done.stdout)
    assert again.stdout == done.stdout


def test_difference_and_explanation(tmp_path: Path) -> None:
    (tmp_path / "shop.yaml").write_text(SHOP)
    done = proxyless("inject", "-f", "shop.yaml", "--diff", cwd=tmp_path)
    assert done.returncode == 1
    assert done.stdout.startswith("--- Deployment shop/echo\n+++ Deployment shop/echo\n")
    assert "+        service.istio.io/canonical-name: echo" in done.stdout
    told = proxyless("inject", "-f", "shop.yaml", "--explain", cwd=tmp_path)
    assert told.returncode == 0
    assert "Deployment shop/echo: injected by proxyless, xDS through the agent\n" in told.stdout
    assert "said by: namespace shop: metadata.labels['proxyless.dev/injection']  (shop.yaml:4:35)\n" in told.stdout
    assert "Deployment shop/plain: not injected (opted_out)\n" in told.stdout


def test_json_and_lists_stay_what_they_are() -> None:
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}, "spec": {"containers": [{"name": "a"}]}}
    whole = {"apiVersion": "v1", "kind": "List", "items": [pod, {"apiVersion": "v1", "kind": "Secret"}]}
    done = proxyless("inject", "-f", "-", "--mode", "own", stdin=json.dumps(whole))
    made = json.loads(done.stdout)
    assert made["items"][1] == whole["items"][1]
    assert [item["name"] for item in made["items"][0]["spec"]["containers"]] == ["istio-proxy", "a"]


def test_settings_beside_the_files_count(tmp_path: Path) -> None:
    (tmp_path / "shop.yaml").write_text(SHOP.partition("---\n")[2])
    (tmp_path / "mesh.yaml").write_text(
        "apiVersion: proxyless.dev/v1alpha1\nkind: ProxylessMesh\nmetadata: {name: default}\n"
        "spec: {injection: {mode: own, image: example.org/agent:7}}\n"
    )
    done = proxyless("inject", "-f", "shop.yaml", "--with", "mesh.yaml", cwd=tmp_path)
    assert "image: example.org/agent:7\n" in done.stdout
    assert "ProxylessMesh" not in done.stdout
    missing = proxyless("inject", "-f", "shop.yaml", "--with", "none.yaml", cwd=tmp_path)
    assert missing.returncode == 2
    assert "none.yaml" in missing.stderr


def test_a_namespace_that_is_not_given_is_assumed_and_said() -> None:
    done = proxyless("inject", "-f", "-", "--explain", stdin=SHOP.partition("---\n")[2])
    assert "assumed: namespace shop is labeled proxyless.dev/injection=enabled" in done.stdout


def test_why_injected_tells_of_a_file(tmp_path: Path) -> None:
    (tmp_path / "shop.yaml").write_text(SHOP)
    done = proxyless("why-injected", "shop.yaml", cwd=tmp_path)
    assert done.returncode == 1, "one has no agent"
    assert "said by: pod: spec.template.metadata.labels['proxyless.dev/inject']  (shop.yaml:22:37)\n" in done.stdout
    assert 'to inject it: remove proxyless.dev/inject: "false" from the pod template\n' in done.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("inject",), "the following arguments are required: --filename/-f"),
        (("inject", "-f", "-", "--context", "x"), "add --cluster to read it"),
        (("inject", "-f", "none.yaml"), "none.yaml"),
        (("why-injected", "none.yaml"), "none.yaml: no such file"),
    ],
)
def test_errors_name_what_to_do(arguments: tuple[str, ...], words: str) -> None:
    done = proxyless(*arguments)
    assert done.returncode == 2
    assert words in done.stderr
    assert "Traceback" not in done.stderr
