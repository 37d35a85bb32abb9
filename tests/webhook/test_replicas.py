"""Replicas as processes: what they lack at first, what happens when one dies, how they end."""

import asyncio
import functools
import itertools
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Self

import pytest

from lab.controlplane import ControlPlane
from lab.errors import ApiError
from lab.ports import free_port
from proxyless.adapters.cluster import KubernetesApi
from proxyless.webhook.rotation import CertificateObjects, Keeper, Times
from webhook.replica import REPOSITORY, Replica
from webhook.served import Served
from webhook.wire import Wire, peer_authentication, pod, review

INJECTED = {"proxyless.dev/injection": "enabled", "proxyless.dev/enforcement": "strict"}
_INJECTOR = "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/a-proxyless-injector"
_VALIDATOR = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/proxyless-validator"


class Creator:
    """Creates pods one after the other, as one client, and keeps what came of it."""

    def __init__(self, plane: ControlPlane, namespace: str) -> None:
        self.injected: list[bool] = []
        self.failed: list[str] = []
        self._plane, self._namespace = plane, namespace
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _run(self) -> None:
        for number in itertools.count():
            if self._ended.is_set():
                return
            made = pod(f"echo-{number}")
            del made["metadata"]["namespace"]
            try:
                answer = self._plane.api.request("POST", f"/api/v1/namespaces/{self._namespace}/pods", made)
                self.injected.append(len(answer["spec"]["containers"]) == 2)
            except ApiError as error:
                self.failed.append(str(error))


@contextmanager
def _fail_closed(plane: ControlPlane) -> Iterator[None]:
    """failurePolicy Fail, so that a lost request shows as a failed one."""

    def policy(value: str) -> None:
        for path in (_INJECTOR, _VALIDATOR):
            count = len(plane.api.request("GET", path)["webhooks"])
            changes = [
                {"op": "replace", "path": f"/webhooks/{index}/failurePolicy", "value": value} for index in range(count)
            ]
            plane.api.request("PATCH", path, changes, content="application/json-patch+json")

    policy("Fail")
    try:
        yield
    finally:
        policy("Ignore")


def _settled(plane: ControlPlane, namespace: str) -> None:
    """Wait until the API server has taken over a changed configuration: a pod is injected."""
    _until(lambda: len(_dry(plane, namespace)["spec"]["containers"]) == 2)


def _dry(plane: ControlPlane, namespace: str) -> dict[str, dict[str, list[object]]]:
    made = pod("probe")
    del made["metadata"]["namespace"]
    try:
        return plane.api.request("POST", f"/api/v1/namespaces/{namespace}/pods?dryRun=All", made)  # type: ignore[no-any-return]
    except ApiError:
        return {"spec": {"containers": []}}


def _until(true: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)


def test_killing_one_of_two_replicas_fails_no_apply(plane: ControlPlane) -> None:
    namespace = plane.namespace(labels=INJECTED)
    with Replica(plane) as first, Replica(plane, port=first.port) as second:
        _settled(plane, namespace)
        with Creator(plane, namespace) as creator:
            _until(lambda: len(creator.injected) > 50)
            (first if first.count('proxyless_admission_seconds_count{webhook="inject"}') else second).process.kill()
            before = len(creator.injected)
            _until(lambda: len(creator.injected) > before + 100)
    assert creator.failed == []
    assert all(creator.injected[:50])
    assert all(creator.injected[-50:])
    assert creator.injected.count(False) <= 3, "more than the requests that were on their way"


def test_ending_one_of_two_replicas_politely_loses_no_request(plane: ControlPlane) -> None:
    namespace = plane.namespace(labels=INJECTED)
    with _fail_closed(plane), Replica(plane) as first, Replica(plane, port=first.port) as second:
        _settled(plane, namespace)
        with Creator(plane, namespace) as creator:
            _until(lambda: len(creator.injected) > 50)
            busy = first if first.count('proxyless_admission_seconds_count{webhook="inject"}') else second
            started = time.monotonic()
            assert busy.process.stop() == 0
            assert time.monotonic() - started < 5
            before = len(creator.injected)
            _until(lambda: len(creator.injected) > before + 50)
    assert (creator.failed, creator.injected.count(False)) == ([], 0)


def test_certificates_rotate_under_the_api_server_without_a_lost_request(plane: ControlPlane) -> None:
    """Authority of 12 s, leaf of 4 s, the API server as the client, failurePolicy Fail."""
    namespace = plane.namespace(labels=INJECTED)
    times = Times(
        authority=timedelta(seconds=12),
        leaf=timedelta(seconds=4),
        settle=timedelta(seconds=1),
        period=0.2,
        longest_wait=0.2,
    )
    with Served(plane) as served:
        place = CertificateObjects(secret="rotating", names=("127.0.0.1",), url=f"https://127.0.0.1:{served.port}")
        connect = functools.partial(KubernetesApi.connect, str(plane.kubeconfig))
        keeper = Keeper(connect, served.tls, place, served.readiness, served.metrics, times=times)
        task = asyncio.run_coroutine_threadsafe(keeper.run(), served.loop)
        try:
            _settled(plane, namespace)
            with _fail_closed(plane), Creator(plane, namespace) as creator:
                time.sleep(20)
        finally:
            task.cancel()
    assert creator.failed == []
    assert len(creator.injected) > 100
    assert all(creator.injected)
    assert served.count("proxyless_certificate_rotations_total") >= 6


def test_without_an_api_server_it_says_so_keeps_trying_and_serves_once_it_is_there(
    plane: ControlPlane, tmp_path: Path
) -> None:
    """Started with a kubeconfig that is not there yet, then with one that leads nowhere, then with the right one."""
    config = tmp_path / "kubeconfig"
    with Replica(plane, env={"KUBECONFIG": str(config)}).started() as replica:
        text = replica.until("no access to a cluster")
        assert "missing: certificate: " in text
        assert "Set KUBECONFIG" in text
        assert replica.get("/healthz")[0] == 200
        with Wire(replica.port) as wire:
            assert wire.ask("/inject", review(pod(), plural="pods")).status == 503
        right = plane.kubeconfig.read_text()
        config.write_text(right.replace(plane.server, f"https://127.0.0.1:{free_port()}"))
        replica.until("is the API server up?")
        config.write_text(right)
        replica.until("ok", 45)
        _until(lambda: "degraded" not in replica.until("ok"))
        with Wire(replica.port) as wire:
            assert wire.ask("/inject/namespace", review(pod(), plural="pods")).response["patchType"] == "JSONPatch"


def test_it_goes_on_answering_while_the_api_server_is_away() -> None:
    with ControlPlane(controller_manager=False, scheduler=False) as plane:
        assert plane.kubectl("apply", "--server-side", "-k", REPOSITORY / "manifests").returncode == 0
        with Replica(plane) as replica, Wire(replica.port) as wire:
            plane.processes["kube-apiserver"].kill()
            replica.until("degraded: watch", 60)
            asked = review(peer_authentication("PERMISSIVE"), plural="peerauthentications")
            assert wire.ask("/strict", asked).response["allowed"] is False
            assert replica.get("/readyz")[0] == 200
            plane.restart("kube-apiserver")
            _until(lambda: "watch" not in replica.until("ok"), 60)
            assert wire.ask("/strict", asked).response["allowed"] is False


def test_without_crds_and_configurations_it_says_what_to_run_and_serves() -> None:
    with ControlPlane(controller_manager=False, scheduler=False, crds=()) as plane:
        plane.api.request("POST", "/api/v1/namespaces", {"metadata": {"name": "proxyless-system"}})
        with Replica(plane) as replica:
            text = replica.until("not checked: ProxylessMesh, ProxylessPolicy (no CRDs of proxyless.dev are installed")
            assert "VirtualService" in text
            assert text.count("Run: kubectl apply -k manifests/") == 2, text
            assert "missing: mutatingwebhookconfigurations/a-proxyless-injector" in text
            with Wire(replica.port) as wire:
                assert wire.ask("/inject/namespace", review(pod(), plural="pods")).response["allowed"] is True
            done = plane.kubectl("apply", "--server-side", "-k", REPOSITORY / "manifests")
            assert done.returncode == 0, done.stderr
            _until(lambda: "ProxylessMesh" not in replica.until("ok"), 60)


def test_a_missing_namespace_is_told(plane: ControlPlane) -> None:
    with Replica(plane, "--namespace=nowhere").started() as replica:
        text = replica.until("nowhere")
        assert "missing: certificate:" in text
        assert 'namespaces "nowhere" not found' in text


def test_a_certificate_that_cannot_be_written_is_told_and_tried_again(plane: ControlPlane, tmp_path: Path) -> None:
    blocked = tmp_path / "certs"
    blocked.write_text("a file, not a folder")
    with Replica(plane, f"--cert-dir={blocked}").started() as replica:
        text = replica.until("cannot write the serving certificate")
        assert str(blocked) in text
        assert "--cert-dir" in text
        blocked.unlink()
        replica.until("ok")


def test_a_taken_port_ends_it_with_2_and_the_remedy(plane: ControlPlane) -> None:
    with Replica(plane) as first, Replica(plane, f"--health-port={first.health}").started() as second:
        _until(lambda: second.process.exit_code is not None)
        assert second.process.exit_code == 2
        assert f"cannot listen on 127.0.0.1:{first.health}" in second.process.tail()
        assert "--health-port" in second.process.tail()


@pytest.mark.parametrize("when", ["starting", "serving"])
def test_sigterm_ends_it_within_five_seconds_with_0(plane: ControlPlane, when: str) -> None:
    with Replica(plane).started() as replica:
        if when == "serving":
            replica.until("ok")
        else:
            _until(lambda: replica.get("/healthz")[0] == 200)
        started = time.monotonic()
        assert replica.process.stop() == 0
        assert time.monotonic() - started < 5


def test_sigterm_ends_it_while_the_api_server_never_answers(plane: ControlPlane, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:  # accepts in the kernel, and that is all
        port = silent.getsockname()[1]
        config = tmp_path / "kubeconfig"
        config.write_text(plane.kubeconfig.read_text().replace(plane.server, f"https://127.0.0.1:{port}"))
        with Replica(plane, env={"KUBECONFIG": str(config)}).started() as replica:
            _until(lambda: replica.get("/healthz")[0] == 200)
            time.sleep(1)
            started = time.monotonic()
            assert replica.process.stop() == 0
            assert time.monotonic() - started < 5
