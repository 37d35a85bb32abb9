"""``proxyless pods`` over files; what it says of a cluster is in ``tests/scenarios``."""

import json
from pathlib import Path
from typing import Any

import yaml

from cli.command import proxyless
from controller.worlds import deployment, namespace, pod_of


def pods(folder: Path, *bodies: dict[str, Any]) -> Path:
    api = {"Deployment": "apps/v1"}
    file = folder / "pods.yaml"
    file.write_text(yaml.safe_dump_all([{**body, "apiVersion": api.get(body["kind"], "v1")} for body in bodies]))
    return file


def marked(pod: dict[str, Any], **mark: str) -> dict[str, Any]:
    pod["metadata"]["annotations"]["proxyless.dev/injected"] = json.dumps(mark)
    return pod


def ready(pod: dict[str, Any]) -> dict[str, Any]:
    pod["status"]["conditions"] = [{"type": "Ready", "status": "True"}]
    return pod


def test_pods_with_and_without_agent_are_told_apart(tmp_path: Path) -> None:
    plain = {**pod_of("plain", 0, agent=False), "kind": "Pod"}
    file = pods(
        tmp_path,
        namespace("shop", **{"proxyless.dev/injection": "enabled"}),
        deployment("cart", agent=False),
        deployment("plain", namespace="web", agent=False),
        ready(pod_of("cart", 0)),
        pod_of("cart", 1, agent=False),
        {**plain, "metadata": {**plain["metadata"], "namespace": "web"}},
    )
    done = proxyless("pods", str(file))
    assert done.returncode == 1, done.stderr
    lines = [line.split(maxsplit=2) for line in done.stdout.splitlines()]
    assert [line[1] for line in lines] == ["POD", "cart-5d9c8b7f6-1", "cart-5d9c8b7f6-0"]
    assert "no agent  no     kubectl rollout restart deployment/cart --namespace=shop" in done.stdout
    assert "2 pods of proxyless workloads: 1 no agent, 1 agent." in done.stderr
    only = json.loads(proxyless("pods", "--lacking", "--format", "json", str(file)).stdout)
    assert [item["name"] for item in only["pods"]] == ["cart-5d9c8b7f6-1"]
    assert only["pods"][0]["workload"] == {"kind": "Deployment", "namespace": "shop", "name": "cart"}
    assert only["pods"][0]["command"] == "kubectl rollout restart deployment/cart --namespace=shop"


def test_pods_of_other_settings_and_releases_are_told(tmp_path: Path) -> None:
    file = pods(
        tmp_path,
        namespace("shop", **{"proxyless.dev/injection": "enabled"}),
        deployment("cart", agent=False),
        marked(pod_of("cart", 0), mode="own", xds="direct", version="0.0.1"),
        marked(pod_of("cart", 1), mode="own", xds="agent", version="0.0.1"),
    )
    done = proxyless("pods", "--format", "json", str(file))
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    notes = {item["name"]: (item["state"], item["note"]) for item in told["pods"]}
    assert notes["cart-5d9c8b7f6-0"] == ("other settings", "a new pod gets xds agent in place of direct")
    state, note = notes["cart-5d9c8b7f6-1"]
    assert (state, note.partition(",")[0]) == ("agent", "injected by release 0.0.1")
    assert told["summary"] == {"no agent": 0, "envoy": 0, "other settings": 1, "agent": 1}


def test_nothing_to_read_is_said(tmp_path: Path) -> None:
    assert proxyless("pods").returncode == 2
    empty = tmp_path / "empty.yaml"
    empty.write_text("")
    assert proxyless("pods", str(empty)).returncode == 3
    alone = pods(tmp_path, deployment("cart"))
    done = proxyless("pods", str(alone))
    assert (done.returncode, done.stdout) == (0, "")
    assert "no pod of a proxyless workload" in done.stderr
