"""Faults in the cluster: what dies, comes back; no pod create fails that would not fail without us; nothing is lost."""

import time

import pytest
from creates import Creates
from live_mesh import OWN, PYTHON, Mesh

from lab.demo import manifests as m
from lab.node import echo, product


@pytest.mark.cluster
def test_replicas_and_operator_die_under_load(mesh: Mesh) -> None:
    ns = mesh.namespace("faults", OWN)
    mesh.must_apply(m.service(ns), m.subsets(ns), m.client_mtls(ns))
    with Creates(mesh, ns) as creates:
        for component in ("webhook", "operator"):
            replicas = echo.pods(mesh.cluster, product.SYSTEM, **{"app.kubernetes.io/component": component})
            assert len(replicas) == 2
            for pod in replicas:
                mesh.cluster.kill_container(product.SYSTEM, pod["metadata"]["name"])
                time.sleep(2)
    assert creates.made > 10
    assert creates.failures == []
    product.await_ready(mesh.cluster)
    mesh.must_apply(m.peer_authentication(ns, "STRICT"))
    refused = mesh.apply(m.peer_authentication(ns, "PERMISSIVE"))
    assert refused.returncode != 0
    assert "PX301" in refused.stderr


@pytest.mark.cluster
def test_conditions_come_true_again_after_the_api_server_and_the_node_restart(mesh: Mesh) -> None:
    ns = mesh.namespace("restart", OWN)
    mesh.must_apply(m.service(ns))
    mesh.deploy(ns, echo.deployment("echo-v1", ns, PYTHON))
    mesh.must_apply(m.client_mtls(ns))
    mesh.await_condition("DestinationRule", ns, "echo-mtls", "False")
    mesh.cluster.restart("kube-apiserver")
    mesh.cluster.restart_node("containerd")
    mesh.must_apply(m.peer_authentication(ns, "STRICT"))
    mesh.await_condition("DestinationRule", ns, "echo-mtls", "True", within=90)


@pytest.mark.cluster
def test_istiod_gone_blocks_nothing(mesh: Mesh) -> None:
    ns = mesh.namespace("noistiod", OWN)
    scaled = mesh.cluster.kubectl("scale", "-n", "istio-system", "deployment/istiod", "--replicas=0")
    assert scaled.returncode == 0
    try:
        mesh.must_apply(
            m.service(ns), m.deployment(ns, "v1", PYTHON), m.subsets(ns), m.peer_authentication(ns, "STRICT")
        )
        assert mesh.apply(m.peer_authentication(ns, "PERMISSIVE")).returncode != 0
    finally:
        mesh.cluster.kubectl("scale", "-n", "istio-system", "deployment/istiod", "--replicas=1")
