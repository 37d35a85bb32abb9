"""``proxyless bootstrap`` as its user runs it, and the faults that it knows, one by one."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.command import proxyless
from inject.golden import CASES
from proxyless.lint.bootstrap_faults import BootstrapReader, faults
from proxyless.model.client import Language
from proxyless.model.finding import Severity

FILES = {
    "certificate_file": "/var/lib/istio/data/cert-chain.pem",
    "private_key_file": "/var/lib/istio/data/key.pem",
    "ca_certificate_file": "/var/lib/istio/data/root-cert.pem",
    "refresh_interval": "60s",
}


def good() -> dict[str, Any]:
    return {
        "xds_servers": [
            {
                "server_uri": "istiod.istio-system.svc:15012",
                "channel_creds": [{"type": "tls", "config": dict(FILES)}],
                "server_features": ["xds_v3"],
            }
        ],
        "node": {
            "id": "sidecar~10.0.0.1~cart-0.shop~shop.svc.cluster.local",
            "locality": {"region": "r"},
            "metadata": {
                "GENERATOR": "grpc",
                "NAMESPACE": "shop",
                "CLUSTER_ID": "c",
                "LABELS": {"a": "b"},
                "PROXY_CONFIG": {"x": 1},
            },
        },
        "certificate_providers": {"default": {"plugin_name": "file_watcher", "config": dict(FILES)}},
        "server_listener_resource_name_template": "xds.istio.io/grpc/lds/inbound/%s",
    }


def found(content: dict[str, Any], reader: BootstrapReader | None = None) -> dict[str, Severity]:
    servers = content.get("xds_servers") or [{}]
    uri = str(servers[0].get("server_uri") or "") if isinstance(servers, list) and isinstance(servers[0], dict) else ""
    return {item.name: item.severity for item in faults(content, "istiod", uri, reader or BootstrapReader(serves=True))}


def test_a_good_one_has_no_fault() -> None:
    assert found(good()) == {}


def _set(*path: Any, value: Any = None) -> Callable[[dict[str, Any]], None]:
    def change(content: dict[str, Any]) -> None:
        holder: Any = content
        for step in path[:-1]:
            holder = holder[step]
        if value is None:
            del holder[path[-1]]
        else:
            holder[path[-1]] = value

    return change


SERVER, METADATA = ("xds_servers", 0), ("node", "metadata")
CONFIG = ("certificate_providers", "default", "config")


@pytest.mark.parametrize(
    ("change", "name", "severity"),
    [
        (_set("xds_servers"), "servers", Severity.ERROR),
        (_set(*SERVER, "server_uri"), "server_uri", Severity.ERROR),
        (_set(*SERVER, "channel_creds", value=[{"type": "alts"}]), "channel_creds", Severity.ERROR),
        (_set(*SERVER, "channel_creds", value=[{"type": "insecure"}]), "credentials", Severity.ERROR),
        (_set(*SERVER, "server_uri", value="istiod.istio-system.svc:15010"), "credentials", Severity.ERROR),
        (_set(*SERVER, "server_features", value=[]), "xds_v3", Severity.INFO),
        (_set(*METADATA, "GENERATOR"), "generator", Severity.ERROR),
        (_set(*METADATA, "PROXY_CONFIG"), "proxy_config", Severity.INFO),
        (_set(*METADATA, "LABELS"), "labels", Severity.INFO),
        (_set(*METADATA, "NAMESPACE", value="other"), "node_namespace", Severity.ERROR),
        (_set("node", "id", value="cart-0"), "node_id", Severity.ERROR),
        (_set("node", "id", value="router~10.0.0.1~cart-0.shop~shop.svc.cluster.local"), "node_id", Severity.ERROR),
        (_set("node", "id", value="sidecar~host~cart-0.shop~shop.svc.cluster.local"), "node_id", Severity.ERROR),
        (
            _set("node", "id", value="sidecar~10.0.0.1~cart-0.web~shop.svc.cluster.local"),
            "node_namespace",
            Severity.ERROR,
        ),
        (_set("node", "locality"), "locality", Severity.INFO),
        (_set("certificate_providers"), "provider", Severity.WARNING),
        (_set("certificate_providers", "default", "plugin_name", value="mesh_ca"), "plugin", Severity.ERROR),
        (_set(*CONFIG, "private_key_file"), "files", Severity.ERROR),
        (_set(*CONFIG, "ca_certificate_file"), "files", Severity.WARNING),
        (_set(*CONFIG, "refresh_interval", value=60), "interval", Severity.ERROR),
        (_set("server_listener_resource_name_template"), "server_template", Severity.ERROR),
        (_set("server_listener_resource_name_template", value="x/%s"), "server_name", Severity.ERROR),
    ],
)
def test_each_fault_is_told_alone(change: Callable[[dict[str, Any]], None], name: str, severity: Severity) -> None:
    content = good()
    change(content)
    assert found(content) == {name: severity}


def test_what_depends_on_the_reader() -> None:
    content = good()
    del content["node"]["locality"], content["server_listener_resource_name_template"]
    assert found(content, BootstrapReader(Language.NODE, serves=False)) == {"locality": Severity.ERROR}
    assert found(content, BootstrapReader(Language.GO, serves=False)) == {}
    assert found(good(), BootstrapReader(namespace="web", serves=True)) == {"node_namespace": Severity.ERROR}
    assert found(good(), BootstrapReader(serves=True, mounted=lambda file: "key" not in file)) == {
        "mount": Severity.ERROR
    }


def test_what_injection_writes_is_nothing_to_warn_of() -> None:
    seen = 0
    for case in CASES:
        for container in (case.injected().get("spec") or {}).get("containers") or ():
            for item in container.get("env") or ():
                if item.get("name") == "GRPC_XDS_BOOTSTRAP_CONFIG" and "PROXYLESS_POD_IP" in str(item.get("value")):
                    seen += 1
                    assert max(found(json.loads(item["value"])).values(), default=Severity.INFO) == Severity.INFO, (
                        case.name
                    )
    assert seen > 2


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-9, 9)
    | st.sampled_from(["", "sidecar~~~", "a:15010", "grpc", "file_watcher"]),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from(
                [
                    "xds_servers",
                    "node",
                    "id",
                    "metadata",
                    "certificate_providers",
                    "default",
                    "config",
                    "channel_creds",
                    "type",
                ]
            ),
            inner,
            max_size=3,
        )
    ),
    max_leaves=10,
)


@given(content=st.dictionaries(st.sampled_from(["xds_servers", "node", "certificate_providers"]), JSON))
def test_any_content_is_judged(content: dict[str, Any]) -> None:
    for item in faults(content, "istiod", "istiod:15012", BootstrapReader(mounted=lambda _: False)):
        assert item.remedy.endswith(".")


def test_a_file_and_standard_input(tmp_path: Path) -> None:
    content = good()
    del content["node"]["metadata"]["GENERATOR"]
    (tmp_path / "b.json").write_text(json.dumps(content))
    done = proxyless("bootstrap", "b.json", cwd=tmp_path)
    assert done.returncode == 1
    assert done.stdout.startswith("b.json: server istiod.istio-system.svc:15012, istiod\n")
    assert "error   node.metadata.GENERATOR: the bootstrap leads to istiod" in done.stdout
    clean = proxyless("bootstrap", "-", stdin=json.dumps(good()))
    assert (clean.returncode, clean.stdout.splitlines()[1]) == (0, "  nothing is wrong with it")
    values = json.loads(proxyless("bootstrap", "b.json", "--format", "json", cwd=tmp_path).stdout)
    assert [item["path"] for item in values[0]["faults"]] == ["node.metadata.GENERATOR"]


def test_a_pod_that_mounts_one(tmp_path: Path) -> None:
    content = good()
    content["node"]["id"] = "sidecar~10.0.0.1~cart-0.web~web.svc.cluster.local"
    del content["node"]["metadata"]["NAMESPACE"]
    manifests = [
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "xds", "namespace": "shop"}, "data": {"b.json": json.dumps(content)}},
        {
            "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "cart", "namespace": "shop"},
            "spec": {
                "containers": [{
                    "name": "app", "image": "a", "env": [{"name": "GRPC_XDS_BOOTSTRAP", "value": "/etc/xds/b.json"}],
                    "volumeMounts": [{"name": "xds", "mountPath": "/etc/xds"}],
                }],
                "volumes": [{"name": "xds", "configMap": {"name": "xds"}}],
            },
        },
    ]  # fmt: skip
    (tmp_path / "pod.json").write_text("\n".join(map(json.dumps, manifests)))
    done = proxyless("bootstrap", "pod.json", cwd=tmp_path)
    assert done.returncode == 1
    assert "Pod shop/cart container app (configmap xds: data['b.json'])" in done.stdout
    assert "names several namespaces in node.id, node.metadata and the pod (shop, web)" in done.stdout
    assert "reads /var/lib/istio/data/key.pem, and no volume of the pod is mounted there" in done.stdout


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        ('{"xds_servers": [}', 2, "b.json:1:18: no JSON, so that no library can read it"),
        (
            "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: a}]}\n",
            3,
            "no bootstrap of its own",
        ),
        ("a: [", 2, "b.json:"),
        ('{"xds_servers": ' + "[" * 100_000, 2, "b.json:1:1: no JSON, so that no library can read it"),
    ],
)
def test_what_is_no_bootstrap(tmp_path: Path, text: str, code: int, words: str) -> None:
    (tmp_path / "b.json").write_text(text)
    done = proxyless("bootstrap", "b.json", cwd=tmp_path)
    assert done.returncode == code, done.stderr
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_a_file_that_is_not_there() -> None:
    done = proxyless("bootstrap", "none.json")
    assert done.returncode == 2
    assert "none.json: no such file" in done.stderr
