"""One agent, one xDS stream: the harm reproduced, named by our tool, and repaired by the injected direct way.

A pod that serves and dials five targets opens six streams; the agent keeps one. Windows are shorter here than the five
minutes of `make scenarios LONG=1`, which sets PROXYLESS_LONG.
"""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from hubs import TARGETS, closures, hub, mutual, set_up, to_v2
from live_mesh import GO, JAVA, OWN, PYTHON, Mesh

from lab.demo import manifests as m
from lab.node import echo

LONG = bool(os.environ.get("PROXYLESS_LONG"))
WINDOW = 300.0 if LONG else 10.0


@pytest.mark.cluster
@pytest.mark.parametrize(
    ("image", "language", "version"), [(PYTHON, "python", "1.85.1"), (GO, "go", "1.85.0"), (JAVA, "java", "1.85.1")]
)
def test_the_agent_flaps(mesh: Mesh, image: str, language: str, version: str) -> None:
    ns = mesh.namespace(f"flap-{language}", OWN)
    targets = set_up(mesh, ns, hub(ns, image, language, version, "agent"))
    caller = mesh.caller(ns, app="hub")
    deadline, failed = time.monotonic() + 8, 0
    while time.monotonic() < deadline:
        results = {target: caller.call(target, count=1)[0] for target in targets}
        failed += sum("error" in result for result in results.values())
    print(f"{language}: {closures(mesh, ns)} closures, {failed} failed calls")
    assert closures(mesh, ns) > TARGETS, "streams cut each other"
    if language == "go":
        assert any("error" in result for result in results.values()), "with Go some target stays dead"

    # Foretold from the Deployment, and seen in the cluster whatever pods say of themselves; each says what to do
    foretold, seen = lint(mesh, ns), streams(mesh, ns)
    assert "PX109" in foretold, foretold
    assert (seen.returncode, seen.stdout.count("error PX109")) == (1, 1), seen.stdout + seen.stderr
    assert "by its log" in seen.stdout
    assert on_one_screen(mesh, ns)["totals"]["flapping"] == 1
    assert "by its metrics" in seen.stdout
    for said in (foretold, seen.stdout):
        assert ("xds: direct does not help" if language == "java" else "annotation proxyless.dev/xds: direct.") in said


@pytest.mark.cluster
def test_java_is_not_given_what_it_cannot_use(mesh: Mesh) -> None:
    """Asked for ``direct`` its pod would keep the agent, which is told; nothing need run to see that."""
    ns = mesh.namespace("direct-java", OWN)
    asked = hub(ns, JAVA, "java", "1.85.1", "direct")
    template = asked["spec"]["template"]
    pod = {"apiVersion": "v1", "kind": "Pod", "spec": template["spec"]}
    pod["metadata"] = template["metadata"] | {"name": "hub", "namespace": ns}
    made = mesh.cluster.kubectl("create", "--dry-run=server", "-o", "json", "-f", "-", stdin=json.dumps(pod))
    assert made.returncode == 0, made.stderr
    mark = json.loads(json.loads(made.stdout)["metadata"]["annotations"]["proxyless.dev/injected"])
    assert mark["xds"] == "agent", mark
    assert "xds: direct was asked for" in made.stderr
    mesh.must_apply(asked | {"spec": asked["spec"] | {"replicas": 0}})
    assert "PX804" in lint(mesh, ns)


@pytest.mark.cluster
@pytest.mark.parametrize(("image", "language", "version"), [(PYTHON, "python", "1.85.1"), (GO, "go", "1.85.0")])
def test_direct_repairs_it(mesh: Mesh, image: str, language: str, version: str) -> None:
    ns = mesh.namespace(f"direct-{language}", OWN)
    targets = set_up(mesh, ns, hub(ns, image, language, version, "auto"))
    mark = json.loads(mesh.pod(ns, app="hub")["metadata"]["annotations"]["proxyless.dev/injected"])
    assert (mark["mode"], mark["xds"]) == ("own", "direct"), mark
    assert "PX109" not in lint(mesh, ns)
    mesh.must_apply(m.peer_authentication(ns, "STRICT"), *(mutual(ns, number) for number in range(TARGETS)))
    caller = mesh.caller(ns, app="hub")
    for target in targets:
        answers = caller.until(target, lambda found: bool(found[0].get("tls")))
        assert answers[0].get("peer") == f"spiffe://cluster.local/ns/{ns}/sa/default", (target, answers)

    # A route change reaches all targets within two seconds
    mesh.must_apply(*(to_v2(ns, number) for number in range(TARGETS)))
    applied = time.monotonic()
    for target in targets:
        caller.until(target, lambda found: all(answer.get("version") == "v2" for answer in found), count=4, within=10)
    took = time.monotonic() - applied
    print(f"route change at all {TARGETS} targets after {took:.2f} s")
    assert took < 2
    assert all(answer["version"] == "v2" for target in targets for answer in caller.call(target, count=5))

    # Nothing is cut while it runs, and it serves: another pod calls it over mTLS
    before, deadline, failed = closures(mesh, ns), time.monotonic() + WINDOW, 0
    while time.monotonic() < deadline:
        failed += sum("error" in caller.call(target)[0] for target in targets)
        time.sleep(0.5)
    assert (closures(mesh, ns) - before, failed) == (0, 0)
    assert streams(mesh, ns).returncode == 0
    mesh.must_apply(mutual(ns, "hub"))
    mesh.deploy(ns, echo.deployment("client", ns, PYTHON, app="client", arguments=("--no-server",)))
    client = mesh.caller(ns, app="client")
    answers = client.until(f"xds:///hub.{ns}.svc.cluster.local:{echo.PORT}", lambda found: bool(found[0].get("tls")))
    assert answers[0].get("language") == language, answers


def streams(mesh: Mesh, ns: str) -> subprocess.CompletedProcess[str]:
    """``proxyless streams`` on the namespace, with a kubeconfig as its user has one."""
    command = [str(Path(sys.executable).with_name("proxyless")), "streams", "-n", ns, "--since", "20"]
    environment = os.environ | {"KUBECONFIG": str(mesh.cluster.kubeconfig)}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=60)


def on_one_screen(mesh: Mesh, ns: str) -> dict[str, Any]:
    """``proxyless status`` of the namespace, agents looked at."""
    command = [str(Path(sys.executable).with_name("proxyless")), "status", "-n", ns, "--streams", "--format", "json"]
    environment = os.environ | {"KUBECONFIG": str(mesh.cluster.kubeconfig)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode in (0, 1), done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def lint(mesh: Mesh, ns: str) -> str:
    """What the command line says of the hub as it stands in the cluster."""
    return mesh.lint(ns, "deployment/hub", f"namespace/{ns}")
