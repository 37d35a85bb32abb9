"""What ``proxyless lint`` tells a newcomer to run next: commands beside remedies, and a lead where nothing was judged."""

import json
import shlex

import pytest
import yaml

from cli.command import proxyless

RULE = """\
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: b, namespace: shop}
spec: {host: b, subsets: [{name: v1, labels: {version: v1}}]}
"""
SERVICE = """\
apiVersion: v1
kind: Service
metadata: {name: b, namespace: shop}
spec: {selector: {app: b}, ports: [{name: grpc, port: 50051}]}
"""


def workload(kind: str = "Deployment", *, declared: bool = True, **container: object) -> str:
    """A workload with the label app=b, in a namespace that is declared proxyless or says nothing."""
    labels = {"proxyless.dev/enforcement": "warn", "proxyless.dev/injection": "enabled"} if declared else {}
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop", "labels": labels}}
    pod = {
        "metadata": {"labels": {"app": "b"}},
        "spec": {"containers": [{"name": "app's", "image": "app:1", **container}]},
    }
    version = "batch/v1" if kind == "Job" else "apps/v1"
    whole = {"apiVersion": version, "kind": kind, "metadata": {"name": "b", "namespace": "shop"}}
    spec = {"selector": {"matchLabels": {"app": "b"}}, "template": pod}
    return str(yaml.safe_dump_all([namespace, whole | {"spec": spec}])) + "---\n"


def commands(text: str, code: str) -> list[str]:
    """Commands of one code's findings; text and JSON say the same."""
    found = json.loads(proxyless("lint", "--format=json", "-", stdin=text).stdout)["findings"]
    mine = [item["command"] for item in found if item["code"] == code]
    shown = proxyless("lint", "-", stdin=text).stdout
    assert all(f"    run: {command}\n" in shown for command in mine if command)
    return mine


def test_variable_is_set_with_its_other_words_kept() -> None:
    text = workload(env=[{"name": "TARGETS", "value": "a=b:50051, 'x y'"}]) + SERVICE
    (command,) = commands(text, "PX112")
    words = shlex.split(command)
    assert words[:5] == ["kubectl", "set", "env", "deployment/b", "--namespace=shop"]
    assert words[5:] == ["--containers=app's", "TARGETS=a=xds:///b.shop.svc.cluster.local:50051, 'x y'"]


def test_argument_is_patched_at_its_place() -> None:
    text = workload(args=["serve", "--to=b:50051"]) + SERVICE
    (command,) = commands(text, "PX112")
    assert '"path": "/spec/template/spec/containers/0/args/1", "value": "--to=xds:///b.shop' in command


def test_no_command_where_the_template_cannot_be_changed() -> None:
    text = workload("Job", args=["--to=b:50051"]) + SERVICE
    assert commands(text, "PX112") == [""]


def test_service_is_made_by_the_pods_app_label() -> None:
    text = workload(ports=[{"containerPort": 50051}])
    assert commands(text, "PX202") == ["kubectl expose deployment/b --namespace=shop --name=b --port=50051"]


def test_labels_are_added_where_one_workload_is_meant_and_never_changed() -> None:
    (command,) = commands(workload() + RULE + "---\n" + SERVICE, "PX512")
    assert '{"labels": {"version": "v1"}}' in command
    other = workload() + RULE.replace("version: v1", "app: c") + "---\n" + SERVICE
    assert commands(other, "PX512") == [""]


def test_run_that_judged_nothing_tells_how_to_go_on() -> None:
    done = proxyless("lint", "-", stdin=workload(declared=False) + RULE)
    assert (done.returncode, done.stdout) == (0, "")
    assert ": kubectl label namespace shop proxyless.dev/injection=enabled" in done.stderr
    assert "restart" not in done.stderr, "a hint restarts nothing that was not asked about"


@pytest.mark.parametrize(
    ("text", "options"),
    [
        (workload() + RULE, ()),
        (workload(declared=False) + RULE, ("--assume-proxyless",)),
        (workload(declared=False), ()),
        (RULE, ()),
    ],
    ids=["declared", "assumed", "no rules", "no workloads"],
)
def test_lead_is_given_only_where_nothing_is_known(text: str, options: tuple[str, ...]) -> None:
    assert "kubectl label namespace" not in proxyless("lint", *options, "-", stdin=text).stderr
