"""``proxyless effective`` on files: its JSON against istiod's answers, its text, its grid, and what it refuses."""

import json
from pathlib import Path
from typing import Any

import pytest

from cli.command import proxyless

FAULTS = Path(__file__).parents[1] / "mesh" / "effective" / "faults"
NAMES = sorted(item.name for item in FAULTS.iterdir())
HIDDEN = FAULTS / "008-px302-subset-only-route-seen-by-others" / "config.yaml"


def _told(*words: str) -> dict[str, Any]:
    found = proxyless("effective", "--format", "json", *words)
    assert found.returncode == 0, found.stderr
    document: dict[str, Any] = json.loads(found.stdout)
    return document


def _by_address(targets: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {f"{target['host']}:{target['port']}": target for target in targets}


@pytest.mark.parametrize("name", NAMES)
def test_json_says_what_istiod_said(name: str) -> None:
    """Each listener, route, cluster, endpoint and server of the minimal faults, one to one."""
    document = _told(str(FAULTS / name / "config.yaml"))
    oracle = json.loads((FAULTS / name / "oracle.json").read_text())
    clients = {f"{item['namespace']}/{item['name']}": item for item in document["clients"]}
    for who, facts in oracle["clients"].items():
        targets = _by_address(clients[who]["targets"])
        _compare_client(targets, facts)
    servers = {(f"{item['namespace']}/{item['name']}", item["port"]): item for item in document["servers"]}
    for who, ports in oracle["servers"].items():
        for port, said in ports.items():
            ours = servers.get((who, int(port)), {"listener": False})
            assert bool(ours["listener"]) == (said is not None), (who, port)
            if said is not None:
                assert (ours["tls"], bool(ours["policies"])) == (said["tls"], bool(said["rbac"])), (who, port)


def _compare_client(targets: dict[str, dict[str, Any]], facts: dict[str, Any]) -> None:
    assert {key: targets[key]["listener"] for key in facts["listeners"]} == facts["listeners"]
    for key, said in facts["routes"].items():
        wanted = [
            {
                "name": route["name"],
                "match": {"path": route["path"], "headers": route["headers"]},
                "clusters": route.get("clusters", []),
                "source": route.get("config"),
            }
            for route in said["routes"] or []
        ]
        assert targets[key]["routes"] == wanted
    clusters = {name: cluster for target in targets.values() for name, cluster in target["clusters"].items()}
    existing = {name for name, cluster in clusters.items() if cluster["exists"]}
    assert existing == set(facts["clusters"])
    for name, said in facts["clusters"].items():
        assert (clusters[name]["tls"], clusters[name]["lb"]) == (said["tls"], said["lb"]), name
        assert clusters[name]["endpoints"] == sorted(facts["endpoints"][name])


def _line(word: str, after: str = "") -> int:
    """The first line that holds a word, behind the one that holds another."""
    lines = HIDDEN.read_text().splitlines()
    start = next(index for index, line in enumerate(lines) if after in line)
    return next(index for index, line in enumerate(lines) if word in line and index >= start) + 1


def test_text_of_one_client() -> None:
    """The verdict first, then why with the object and the field, then the routes."""
    found = proxyless("effective", str(HIDDEN), "x7-a/cli")
    assert found.returncode == 0
    assert found.stdout.startswith(
        "Pod x7-a/cli: 1 of 1 hosts and ports\n  echo.x7-svc.svc.cluster.local:7070  fails: "
    )
    assert "because: the client speaks plaintext, Pod x7-svc/echo-v1 is proxyless and STRICT" in found.stdout
    assert f"(DestinationRule x7-a/rule spec.trafficPolicy)  {HIDDEN}:{_line('spec:', 'name: rule')}\n" in found.stdout
    server = f"x7-svc/echo-v1:7070  mTLS, by PeerAuthentication x7-svc/pa  {HIDDEN}:{_line('mode: STRICT')}\n"
    assert found.stdout.endswith(server)
    assert "not given, so taken as none: Sidecar, AuthorizationPolicy" in found.stderr


def test_grid_tells_both_sides() -> None:
    """Hosts with what their servers speak, clients with what becomes of their calls."""
    found = proxyless("effective", "--grid", str(HIDDEN))
    assert "1  echo.x7-svc.svc.cluster.local:7070  servers: mTLS" in found.stdout
    assert "x7-a/cli        FAILS(plaintext)" in found.stdout


def test_one_server() -> None:
    """The other side alone; a port that no Service reaches has no listener."""
    assert proxyless("effective", "--server", "x7-svc/pod/echo-v1:7070", str(HIDDEN)).stdout == (
        f"x7-svc/echo-v1:7070  mTLS, by PeerAuthentication x7-svc/pa  {HIDDEN}:{_line('mode: STRICT')}\n"
    )
    assert "no listener" in proxyless("effective", "--server", "echo-v1:5555", str(HIDDEN)).stdout


def test_standard_input() -> None:
    """``-`` as elsewhere."""
    found = proxyless("effective", "--format", "json", "-", "x7-a/cli", stdin=HIDDEN.read_text())
    assert [item["name"] for item in json.loads(found.stdout)["clients"]] == ["cli"]


def test_short_name_is_told_as_it_is_dialed(tmp_path: Path) -> None:
    """A client that dials ``echo:7070`` finds the Service of its own namespace by that name, too."""
    client = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "near", "namespace": "x7-svc", "annotations": {"inject.istio.io/templates": "grpc-agent"}},
        "spec": {"containers": [{"name": "app", "args": ["xds:///echo:7070", "xds:///gone:7070"]}]},
    }
    near = tmp_path / "near.json"
    near.write_text(json.dumps(client))
    targets = _by_address(_told(str(HIDDEN), str(near), "x7-svc/near")["clients"][0]["targets"])
    assert targets["echo:7070"]["listener"] is True
    assert (
        targets["gone.x7-svc.svc.cluster.local:7070" if "gone:7070" not in targets else "gone:7070"]["listener"]
        is False
    )


def test_large_mesh_is_told_by_what_clients_dial(tmp_path: Path) -> None:
    """300 clients and 300 hosts are 90,000 targets: too many to read; a named client still has all."""
    made = []
    for number in range(300):
        ports = [{"name": "grpc", "port": 7070}]
        about = {"name": f"s{number}", "namespace": "shop"}
        made.append({"apiVersion": "v1", "kind": "Service", "metadata": about, "spec": {"ports": ports}})
        container = {"name": "app", "args": [f"xds:///s{number}.shop.svc.cluster.local:7070"]}
        made.append({"apiVersion": "v1", "kind": "Pod", "metadata": about, "spec": {"containers": [container]}})
    path = tmp_path / "large.json"
    path.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": made}))
    found = proxyless("effective", "--format", "json", str(path))
    assert "only what each client dials is told" in found.stderr
    assert {len(item["targets"]) for item in json.loads(found.stdout)["clients"]} == {1}
    assert len(_told(str(path), "shop/s7")["clients"][0]["targets"]) == 300


def _refused(*words: str) -> str:
    found = proxyless("effective", *words)
    assert (found.returncode, found.stdout) == (2, "")
    return found.stderr


def test_unknown_workload_names_those_that_are_there() -> None:
    """A typo is answered with what could be meant."""
    assert "no workload 'x7-a/clo'" in _refused(str(HIDDEN), "x7-a/clo")
    assert "x7-a/pod/cli" in _refused(str(HIDDEN), "x7-a/clo")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "nothing to read"),
        (("missing.yaml",), "missing.yaml"),
        (("--server", "echo-v1", str(HIDDEN)), "WORKLOAD:PORT"),
        (("--grid", "--format", "json", str(HIDDEN)), "--grid is a table"),
    ],
)
def test_bad_usage_is_said(words: tuple[str, ...], said: str) -> None:
    """No traceback, and a word of what to write."""
    assert said in proxyless("effective", *words).stderr
    assert proxyless("effective", *words).returncode == 2


def test_nothing_read_is_an_exit_code_of_its_own(tmp_path: Path) -> None:
    """An empty folder is no clean mesh."""
    assert proxyless("effective", str(tmp_path)).returncode == 3


_MIXED = """
apiVersion: v1
kind: Namespace
metadata: {name: web, labels: {istio-injection: enabled}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: old, namespace: web}
spec:
  selector: {matchLabels: {app: old}}
  template: {metadata: {labels: {app: old}}, spec: {containers: [{name: app, image: "old:1"}]}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: edge, namespace: web}
spec:
  selector: {matchLabels: {app: edge}}
  template:
    metadata: {labels: {app: edge}, annotations: {inject.istio.io/templates: gateway}}
    spec: {containers: [{name: istio-proxy, image: auto}]}
"""


def test_others_than_proxyless_clients_are_named(tmp_path: Path) -> None:
    file = tmp_path / "mixed.yaml"
    file.write_text(_MIXED)
    left = proxyless("effective", "--grid", str(file)).stderr
    assert "left out: 1 with a sidecar, 1 as a gateway; `proxyless why` judges their calls" in left
    one = proxyless("effective", str(file), "web/old").stderr
    assert "Deployment web/old has a sidecar: this is what a proxyless client in its place gets" in one
    assert "proxyless why web/deploy/old HOST:PORT" in one
