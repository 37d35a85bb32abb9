"""Certificates against a real API server, with lifetimes of seconds."""

import asyncio
import base64
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509

from lab.controlplane import ControlPlane
from lab.ports import free_port
from proxyless.adapters.cluster import KubernetesApi
from proxyless.adapters.webhookconfig import read_secret
from proxyless.errors import ClusterError
from proxyless.process.readiness import Readiness
from proxyless.process.sockets import bound
from proxyless.webhook.metrics import Metrics
from proxyless.webhook.rotation import CERTIFICATE, CONFIGURATIONS, CertificateObjects, Keeper, Times
from proxyless.webhook.server import AdmissionServer
from proxyless.webhook.tls import CertificateNotWrittenError, ServingTls
from webhook.identity import kubeconfig_of
from webhook.rotation_rig import NAME, PATH, Rig


@pytest.fixture
def rig(plane: ControlPlane) -> Iterator[Rig]:
    made = Rig(plane)
    yield made
    made.api.request("DELETE", f"{PATH}/{made.name}")


async def _serve(tls: ServingTls) -> tuple[AdmissionServer, int]:
    server, port = AdmissionServer(tls, Readiness(), Metrics()), free_port()
    await server.open(bound("127.0.0.1", port, "--port"))
    return server, port


async def _presented(port: int, bundle: str) -> x509.Certificate:
    """One new connection, as an API server with that caBundle makes it; the certificate that it was shown."""
    context = ssl.create_default_context(cadata=bundle)
    reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context, server_hostname=NAME)
    shown: bytes = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
    writer.write(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert (await reader.read()).startswith(b"HTTP/1.1 404")
    writer.transport.abort()  # all was read; waiting for the end of TLS may return before the socket is closed
    await asyncio.sleep(0)
    return x509.load_der_x509_certificate(shown)


async def test_a_first_start_makes_the_secret_the_bundles_and_serves_what_they_trust(rig: Rig) -> None:
    tls = ServingTls()
    keeper, readiness = rig.keeper(tls)
    await keeper.step()
    server, port = await _serve(tls)
    await _presented(port, rig.bundle())
    assert readiness.ready
    await server.close()


async def test_nothing_else_is_changed(rig: Rig) -> None:
    rig.api.request("POST", PATH, Rig.configuration(f"{rig.name}-other"))
    before = rig.hooks()
    keeper, _ = rig.keeper()
    await keeper.step()
    after = rig.hooks()
    for hook in after:
        del hook["clientConfig"]["caBundle"]
    assert after == before
    assert all("caBundle" not in hook["clientConfig"] for hook in rig.hooks(f"{rig.name}-other"))
    rig.api.request("DELETE", f"{PATH}/{rig.name}-other")


async def test_a_second_look_writes_nothing(rig: Rig) -> None:
    keeper, _ = rig.keeper()
    await keeper.step()
    versions = [rig.api.request("GET", f"{PATH}/{rig.name}")["metadata"]["resourceVersion"]]
    await keeper.step()
    versions.append(rig.api.request("GET", f"{PATH}/{rig.name}")["metadata"]["resourceVersion"])
    assert versions[0] == versions[1]


async def test_replicas_that_start_at_once_agree_on_one_authority(rig: Rig) -> None:
    contexts = [ServingTls() for _ in range(4)]
    keepers = [rig.keeper(tls)[0] for tls in contexts]
    await asyncio.gather(*(keeper.step() for keeper in keepers))
    assert rig.bundle().count("BEGIN CERTIFICATE") == 1
    for tls in contexts:
        server, port = await _serve(tls)
        await _presented(port, rig.bundle())
        await server.close()


async def test_rotation_under_load_loses_no_connection(rig: Rig) -> None:
    """Two replicas, leaf of 5 s and authority of 15 s, new connections all the time, each with the bundle of that moment."""
    times = Times(
        authority=timedelta(seconds=15),
        leaf=timedelta(seconds=5),
        settle=timedelta(seconds=0.5),
        period=0.2,
        longest_wait=0.2,
    )
    sides = []
    for _ in range(2):
        tls = ServingTls()
        keeper, _ready = rig.keeper(tls, times=times)
        await keeper.step()
        sides.append((asyncio.create_task(keeper.run()), *(await _serve(tls))))
    seen: set[int] = set()
    issuers: set[str] = set()
    connections = 0
    end = asyncio.get_running_loop().time() + 27
    while asyncio.get_running_loop().time() < end:
        bundle = await asyncio.to_thread(rig.bundle)
        for _task, _server, port in sides:
            shown = await _presented(port, bundle)
            connections += 1
            seen.add(shown.serial_number)
            issuers.add(shown.issuer.rfc4514_string())
    for task, server, _port in sides:
        assert not task.done(), task
        task.cancel()
        await server.close()
    assert connections > 100
    assert len(issuers) >= 3, issuers
    assert len(seen) >= 10
    assert rig.bundle().count("BEGIN CERTIFICATE") <= 2


async def test_open_connections_outlive_a_new_certificate(rig: Rig) -> None:
    tls = ServingTls()
    clock = [datetime.now(UTC) - timedelta(days=5)]
    keeper, _ = rig.keeper(tls, clock=lambda: clock[0])
    await keeper.step()
    server, port = await _serve(tls)
    context = ssl.create_default_context(cadata=rig.bundle())
    reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context, server_hostname=NAME)
    first = await _presented(port, rig.bundle())
    clock[0] += timedelta(days=5)
    await keeper.step()
    assert await _presented(port, rig.bundle()) != first
    writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    assert (await reader.readline()).startswith(b"HTTP/1.1 404")
    writer.close()
    await writer.wait_closed()
    await server.close()


async def test_a_serving_replica_waits_until_the_new_authority_has_been_in_the_bundle_for_a_while(rig: Rig) -> None:
    tls = ServingTls()
    clock = [datetime.now(UTC)]
    metrics = Metrics()
    keeper, _ = rig.keeper(tls, clock=lambda: clock[0], metrics=metrics)
    await keeper.step()
    clock[0] += timedelta(days=250)  # the leaf has long expired: replaced at once; the authority is due
    await keeper.step()
    assert metrics.registry.get_sample_value("proxyless_certificate_rotations_total") == 2
    other, _ = rig.keeper(clock=lambda: clock[0] + timedelta(days=250))  # a replica ahead makes a third authority
    await other.step()
    clock[0] += timedelta(seconds=60)
    await keeper.step()
    assert metrics.registry.get_sample_value("proxyless_certificate_rotations_total") == 2
    clock[0] += timedelta(seconds=11)
    await keeper.step()
    assert metrics.registry.get_sample_value("proxyless_certificate_rotations_total") == 3


async def test_no_leaf_is_served_whose_authority_could_not_be_put_into_the_bundle(
    plane: ControlPlane, rig: Rig, tmp_path: Path
) -> None:
    """An identity that may keep the Secret and not write the configuration."""
    plane.apply(
        f"""
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {{name: secret}}
rules: [{{apiGroups: [""], resources: [secrets], verbs: [get, create, patch]}}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {{name: secret}}
roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: Role, name: secret}}
subjects: [{{kind: ServiceAccount, name: default, namespace: {rig.namespace}}}]
""",
        namespace=rig.namespace,
    )
    rig.kubeconfig = str(kubeconfig_of(plane, rig.namespace, "default", tmp_path))
    tls = ServingTls()
    keeper, _ = rig.keeper(tls)
    with pytest.raises(ClusterError, match=r"mutatingwebhookconfigurations.*ClusterRole"):
        await keeper.step()
    assert not tls.loaded


async def test_a_missing_configuration_is_told_and_does_not_keep_a_replica_from_serving(rig: Rig) -> None:
    tls = ServingTls()
    keeper, readiness = rig.keeper(
        tls,
        place=CertificateObjects(
            namespace=rig.namespace, secret=rig.name, names=(NAME,), mutating=("nowhere",), validating=()
        ),
    )
    await keeper.step()
    assert readiness.ready
    assert "mutatingwebhookconfigurations/nowhere" in readiness.degraded[CONFIGURATIONS]
    assert "kubectl apply -k manifests/" in readiness.degraded[CONFIGURATIONS]
    assert tls.loaded


async def test_an_unusable_secret_is_told_with_the_remedy_and_never_overwritten(rig: Rig) -> None:
    data = {"tls.crt": base64.b64encode(b"mine").decode(), "tls.key": base64.b64encode(b"mine").decode()}
    secret = f"/api/v1/namespaces/{rig.namespace}/secrets"
    rig.api.request("POST", secret, {"metadata": {"name": rig.name}, "type": "kubernetes.io/tls", "data": data})
    keeper, readiness = rig.keeper(times=Times(longest_wait=0.2))
    task = asyncio.create_task(keeper.run())
    await _until(
        lambda: f"kubectl -n {rig.namespace} delete secret {rig.name}" in readiness.missing.get(CERTIFICATE, "")
    )
    assert read_secret(KubernetesApi.connect(rig.kubeconfig), rig.namespace, rig.name).data["tls.crt"] == b"mine"  # type: ignore[union-attr]
    rig.api.request("DELETE", f"{secret}/{rig.name}")
    await _until(lambda: readiness.ready)
    task.cancel()


async def test_url_mode_has_our_configurations_call_the_process(rig: Rig) -> None:
    place = CertificateObjects(
        namespace=rig.namespace,
        secret=rig.name,
        mutating=(rig.name,),
        validating=(),
        names=("127.0.0.1",),
        url="https://127.0.0.1:9443",
    )
    for _ in range(2):
        keeper, _ = rig.keeper(place=place)
        await keeper.step()
        assert [hook["clientConfig"]["url"] for hook in rig.hooks()] == ["https://127.0.0.1:9443/inject"] * 2
        assert "BEGIN CERTIFICATE" in rig.bundle()


def test_a_certificate_that_cannot_be_written_says_where_and_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    keeper = Keeper(
        KubernetesApi.connect,
        ServingTls(tmp_path / "file" / "certs"),
        CertificateObjects(names=("a",)),
        Readiness(),
        Metrics(),
    )
    with pytest.raises(
        CertificateNotWrittenError, match=r"file/certs: Not a directory; mount a writable volume .* --cert-dir"
    ):
        keeper.provisional()


def test_the_private_key_is_for_the_owner_alone(tmp_path: Path) -> None:
    Keeper(
        KubernetesApi.connect, ServingTls(tmp_path / "certs"), CertificateObjects(names=("a",)), Readiness(), Metrics()
    ).provisional()
    assert [oct(path.stat().st_mode & 0o777) for path in (tmp_path / "certs").iterdir()] == ["0o600"]


async def _until(true: Any) -> None:
    for _ in range(200):
        if true():
            return
        await asyncio.sleep(0.05)
    raise AssertionError("waited 10 s in vain")
