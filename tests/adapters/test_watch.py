"""The watch against a real API server: events, ghosts, missing CRDs, missing rights, an API server that goes away."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from adapters.access import kubeconfig_for, rule, set_rules
from lab.api import wait_until
from lab.controlplane import ControlPlane
from lab.ports import free_port
from proxyless.adapters import watch as watch_module
from proxyless.adapters.api_values import PagedListing, Served
from proxyless.adapters.cluster import KubernetesApi
from proxyless.adapters.listing import kinds_for
from proxyless.adapters.store import Store
from proxyless.adapters.streams import LostStreamError, Streams
from proxyless.adapters.watch import Watch
from proxyless.lint.rules import ALL
from proxyless.model.resource import Ref

pytestmark = pytest.mark.cluster

CRDS = Path(__file__).parents[2] / "crds"
VIRTUAL_SERVICE = """
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: echo}
spec: {hosts: [%s], http: [{route: [{destination: {host: echo}}]}]}
"""
PROMPT = 2.0
"""Seconds within which a change must have arrived; an idle machine needs 0.1."""


@contextmanager
def watching(kubeconfig: Path, *kinds: str, retry: float = 0.5, relist: float = 300) -> Iterator[tuple[Store, Watch]]:
    store = Store(kinds)
    cluster = KubernetesApi.connect(str(kubeconfig))
    watch = Watch(cluster, store, retry=retry, relist=relist)
    watch.start()
    try:
        yield store, watch
    finally:
        started = time.monotonic()
        watch.stop()
        cluster.close()
        assert time.monotonic() - started < 2


def soon(check: Callable[[], object], timeout: float = 10) -> None:
    wait_until("the store", check, timeout=timeout, every=0.02)


def hosts(store: Store, namespace: str) -> list[str]:
    item = store.get(Ref("VirtualService", namespace, "echo"))
    return [] if item is None else item.spec["hosts"]


def test_lists_first_and_then_follows(control_plane: ControlPlane, namespace: str) -> None:
    control_plane.apply(VIRTUAL_SERVICE % "before", namespace=namespace)
    with watching(control_plane.kubeconfig, "VirtualService", "Namespace") as (store, watch):
        soon(lambda: not store.missing())
        assert hosts(store, namespace) == ["before"]
        assert store.snapshot().get("Namespace", "", namespace) is not None
        time.sleep(1)  # the stream, not the list
        control_plane.apply(VIRTUAL_SERVICE % "after", namespace=namespace)
        soon(lambda: hosts(store, namespace) == ["after"], PROMPT)
        control_plane.kubectl("delete", "virtualservice", "echo", "-n", namespace)
        soon(lambda: store.get(Ref("VirtualService", namespace, "echo")) is None, PROMPT)
        assert (watch.restarts, watch.trouble) == (0, "")


@pytest.fixture
def lists(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Kinds in the order in which they are listed."""
    found: list[str] = []
    in_pages = KubernetesApi.in_pages

    def noted(self: KubernetesApi, kind: str, namespace: str = "") -> PagedListing:
        found.append(kind)
        return in_pages(self, kind, namespace)

    monkeypatch.setattr(KubernetesApi, "in_pages", noted)
    return found


def test_each_kind_is_listed_once_and_what_comes_between_list_and_stream_is_not_lost(
    control_plane: ControlPlane, namespace: str, lists: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    follow = Streams.follow

    def late(self: Streams, kind: str, served: Served, version: int) -> None:
        if kind == "VirtualService":
            control_plane.apply(VIRTUAL_SERVICE % "between", namespace=namespace)
        follow(self, kind, served, version)

    monkeypatch.setattr(Streams, "follow", late)
    with watching(control_plane.kubeconfig, "VirtualService", "Namespace") as (store, watch):
        soon(lambda: hosts(store, namespace) == ["between"])
        soon(lambda: not store.missing())
        assert (lists, watch.restarts) == (["VirtualService", "Namespace"], 0)


@pytest.mark.parametrize("why", ["", "the API server ended the watch: no reason"])
def test_a_lost_stream_has_its_kind_alone_listed_again(
    control_plane: ControlPlane,
    namespace: str,
    lists: list[str],
    monkeypatch: pytest.MonkeyPatch,
    why: str,
) -> None:
    take, left = Streams._take, [why]

    def losing(self: Streams, kind: str, line: bytes) -> str:
        if kind == "VirtualService" and left:
            raise LostStreamError(left.pop())
        return take(self, kind, line)

    with watching(control_plane.kubeconfig, "VirtualService", "Namespace") as (store, watch):
        soon(lambda: not store.missing())
        monkeypatch.setattr(Streams, "_take", losing)
        control_plane.apply(VIRTUAL_SERVICE % "lost", namespace=namespace)
        soon(lambda: hosts(store, namespace) == ["lost"])
        control_plane.apply(VIRTUAL_SERVICE % "after", namespace=namespace)
        soon(lambda: hosts(store, namespace) == ["after"])
        soon(lambda: not watch.trouble)
        assert (lists, watch.restarts) == (["VirtualService", "Namespace", "VirtualService"], int(bool(why)))


def test_writes_nothing_to_what_it_watches(control_plane: ControlPlane, namespace: str) -> None:
    control_plane.apply(VIRTUAL_SERVICE % "first", namespace=namespace)
    path = f"/apis/networking.istio.io/v1/namespaces/{namespace}/virtualservices/echo"
    before = control_plane.api.request("GET", path)
    with watching(control_plane.kubeconfig, "VirtualService") as (store, _):
        soon(lambda: not store.missing())
        time.sleep(1.5)
    assert control_plane.api.request("GET", path) == before


def test_a_full_list_drops_ghosts(control_plane: ControlPlane, namespace: str) -> None:
    with watching(control_plane.kubeconfig, "VirtualService", relist=0.5) as (store, _):
        soon(lambda: not store.missing())
        ghost = {"metadata": {"name": "ghost", "namespace": namespace, "resourceVersion": "1"}}
        store.upsert("VirtualService", ghost)
        assert store.get(Ref("VirtualService", namespace, "ghost")) is not None
        soon(lambda: store.get(Ref("VirtualService", namespace, "ghost")) is None)


def test_a_kind_without_rights_is_named_and_the_others_go_on(
    control_plane: ControlPlane, namespace: str, tmp_path: Path
) -> None:
    name, file = kubeconfig_for(control_plane, tmp_path, [rule("", ["namespaces"])])
    with watching(file, "VirtualService", "Namespace") as (store, _):
        soon(lambda: "Namespace" not in store.missing())
        soon(lambda: "403" in store.missing()["VirtualService"] or "forbidden" in store.missing()["VirtualService"])
        assert 'resources: ["virtualservices"], verbs: [list, watch]' in store.missing()["VirtualService"]
        control_plane.apply(VIRTUAL_SERVICE % "first", namespace=namespace)
        other = control_plane.namespace()
        soon(lambda: store.get(Ref("Namespace", "", other)))
        set_rules(control_plane, name, [rule("", ["namespaces"]), rule("networking.istio.io", ["virtualservices"])])
        soon(lambda: not store.missing())
        assert hosts(store, namespace) == ["first"]
        control_plane.apply(VIRTUAL_SERVICE % "second", namespace=namespace)
        soon(lambda: hosts(store, namespace) == ["second"])


def test_rights_that_are_taken_away_make_the_kind_unknown_after_a_while(
    control_plane: ControlPlane, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch_module, "_GRACE", 2.0)
    both = [rule("", ["namespaces"]), rule("networking.istio.io", ["virtualservices"])]
    name, file = kubeconfig_for(control_plane, tmp_path, both)
    with watching(file, "VirtualService", "Namespace", relist=0.3) as (store, _):
        soon(lambda: not store.missing())
        set_rules(control_plane, name, both[:1])
        time.sleep(1)
        assert store.missing() == {}
        soon(lambda: "forbidden" in store.missing().get("VirtualService", ""))
        assert "Namespace" not in store.missing()


def test_a_missing_crd_is_named_and_found_once_it_is_there() -> None:
    with (
        ControlPlane(crds=(), controller_manager=False, scheduler=False) as bare,
        watching(bare.kubeconfig, "ProxylessMesh", "Namespace") as (store, _),
    ):
        soon(lambda: "Namespace" not in store.missing())
        soon(lambda: "CRD of API group proxyless.dev is not installed" in store.missing()["ProxylessMesh"])
        bare.kubectl("apply", "--server-side", "-k", CRDS)
        soon(lambda: not store.missing())
        mesh = '{"apiVersion": "proxyless.dev/v1alpha1", "kind": "ProxylessMesh", "metadata": {"name": "default"}}'
        bare.apply(mesh)
        soon(lambda: store.get(Ref("ProxylessMesh", "", "default")))


def test_an_api_server_that_goes_away_and_comes_back_loses_nothing() -> None:
    with (
        ControlPlane(crds=("istio",), controller_manager=False, scheduler=False) as own,
        watching(own.kubeconfig, "VirtualService", "Namespace", relist=1) as (store, watch),
    ):
        own.apply(VIRTUAL_SERVICE % "before")
        soon(lambda: hosts(store, "default") == ["before"])
        own.processes["kube-apiserver"].kill()
        soon(lambda: "no answer from" in watch.trouble)
        assert hosts(store, "default") == ["before"]
        assert store.missing() == {}
        own.restart("kube-apiserver")
        own.apply(VIRTUAL_SERVICE % "after")
        soon(lambda: hosts(store, "default") == ["after"], 30)
        soon(lambda: not watch.trouble, 30)


def test_without_a_server_it_says_so_and_keeps_trying(control_plane: ControlPlane, tmp_path: Path) -> None:
    _, file = kubeconfig_for(control_plane, tmp_path, [])
    file.write_text(file.read_text().replace(control_plane.server, f"https://127.0.0.1:{free_port()}"))
    with watching(file, "Namespace") as (store, watch):
        soon(lambda: "no answer from" in watch.trouble)
        assert "Namespace" in store.missing()


def test_kinds_are_those_that_rules_read() -> None:
    kinds = kinds_for(ALL)
    assert {"VirtualService", "Deployment", "Pod", "Namespace", "ProxylessMesh", "ProxylessPolicy"} <= set(kinds)
    assert len(set(kinds)) == len(kinds)
