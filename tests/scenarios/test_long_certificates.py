"""Certificates of ``direct`` pods over time: short-lived ones are renewed under load, and no call is lost by it."""

import time
from collections import Counter

import pytest
from hubs import TARGETS, hub, mutual, set_up
from live_mesh import GO, OWN, PYTHON, Mesh

from lab.demo import manifests as m
from lab.node import echo, istio

LIFETIME = 240
"""Seconds of a workload certificate; the agent renews it at half of that, the library reads the files each minute."""
CONFIG = '{"holdApplicationUntilProxyStarts": true, "proxyMetadata": {"SECRET_TTL": "%ds"}}'


@pytest.mark.cluster
@pytest.mark.timeout(900)
@pytest.mark.parametrize(("image", "language", "version"), [(PYTHON, "python", "1.85.1"), (GO, "go", "1.85.0")])
def test_rotation_is_survived(mesh: Mesh, image: str, language: str, version: str) -> None:
    ns = mesh.namespace(f"rotate-{language}", OWN)
    asked = hub(ns, image, language, version, "auto")
    asked["spec"]["template"]["metadata"]["annotations"]["proxy.istio.io/config"] = CONFIG % LIFETIME
    targets = set_up(mesh, ns, asked)
    mesh.must_apply(
        m.peer_authentication(ns, "STRICT"), mutual(ns, "hub"), *(mutual(ns, number) for number in range(TARGETS))
    )
    caller = mesh.caller(ns, app="hub")
    for target in targets:
        assert caller.until(target, lambda found: bool(found[0].get("tls")))[0].get("tls"), target

    # Over more than a lifetime: connections stand, and no call fails
    ends, failed, calls = time.monotonic() + 1.4 * LIFETIME, Counter[str](), 0
    while time.monotonic() < ends:
        results = [caller.call(target)[0] for target in targets]
        failed.update(str(result.get("error"))[:150] for result in results if not result.get("tls"))
        calls += len(results)
        time.sleep(1)
    print(f"{language}: {failed.total()} of {calls} calls failed in {1.4 * LIFETIME:.0f} s")
    assert not failed

    # New connections on both sides, and to istiod, need the new certificate: the first one has expired
    for name in ("echo-v1", "echo-v2"):
        mesh.cluster.kubectl("rollout", "restart", "-n", ns, f"deployment/{name}")
    mesh.cluster.kubectl("rollout", "restart", "-n", istio.NAMESPACE, "deployment/istiod")
    for name in ("echo-v1", "echo-v2"):
        echo.await_deployment(mesh.cluster, ns, name)
    istio.await_istiod(mesh.cluster)
    for target in targets:
        answers = caller.until(target, lambda found: bool(found[0].get("tls")))
        assert answers[0].get("tls"), (target, answers)
    mesh.deploy(ns, echo.deployment("client", ns, PYTHON, app="client", arguments=("--no-server",)))
    client = mesh.caller(ns, app="client")
    answers = client.until(f"xds:///hub.{ns}.svc.cluster.local:{echo.PORT}", lambda found: bool(found[0].get("tls")))
    assert answers[0].get("language") == language, answers
