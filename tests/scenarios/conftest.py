"""One real cluster for all scenarios: Istio with a stock Envoy, the product installed from manifests/, echo images.

Every scenario plays in namespaces of its own. What a scenario breaks (an operator, a replica) it mends.
"""

import os
from collections.abc import Iterator

import pytest
from live_mesh import Mesh

import kept_logs
from lab.errors import LabError
from lab.node import images, istio, needs, product, programs
from lab.node.cluster import NODE_PARTS, Cluster
from lab.node.oci import Image
from lab.parts import CONTROL_PLANE, binaries

LONG = bool(os.environ.get("PROXYLESS_LONG"))
collect_ignore_glob = [] if LONG else ["test_long_*.py"]
"""What takes minutes is played by `make scenarios LONG=1` alone."""


@pytest.fixture(scope="session")
def mesh(request: pytest.FixtureRequest) -> Iterator[Mesh]:
    """A cluster with everything in it. A machine that cannot run it fails the tests, with what is missing."""
    if kept := os.environ.get("PROXYLESS_LAB_MESH"):  # a developer's cluster with Istio and the product in it
        attached = Cluster.attached(kept)
        yield Mesh(attached)
        for door in attached.processes.values():
            door.kill()
        attached.api.close()
        return
    if lacks := needs.missing(images=True):
        raise LabError("the scenarios need a real node; missing:\n" + "\n".join(f"- {line}" for line in lacks))
    loaded = [*images.archives(_images()), product.image()]
    cluster = Cluster(crds=("istio", "gateway")).start()
    try:
        cluster.load(*loaded)
        istio.install(cluster, istio.GATEWAY)
        istio.install_gateway(cluster)
        product.install(cluster, agent_image=images.ENVOY)
        yield Mesh(cluster)
    finally:
        failed = bool(request.session.testsfailed)
        cluster.stop(keep_logs=failed)
        if failed:
            kept_logs.say(request.config, f"logs of the cluster: {cluster.folder}")


def _images() -> list[Image]:
    """What pods of the scenarios run, the product's own apart."""
    long = [programs.echo_java(programs.JAVA_OLD), programs.echo_dubbo()] if LONG else []
    echoes = [programs.echo_python(), programs.echo_go(), programs.echo_java(), programs.echo_kitex(), *long]
    return [*echoes, images.pilot(), images.proxy(), images.envoy()]


@pytest.fixture(autouse=True)
def cleared(mesh: Mesh) -> Iterator[None]:
    """No test leaves pods behind: the node has two cores."""
    yield
    mesh.clear()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The first test's time includes the cluster's start, which takes minutes where much else runs."""
    for item in items:
        if "mesh" in getattr(item, "fixturenames", ()) and item.get_closest_marker("timeout") is None:
            item.add_marker(pytest.mark.timeout(900))


def pytest_collection_finish(session: pytest.Session) -> None:
    """Build what the scenarios need before the first test's time runs."""
    chosen = [item for item in session.items if "mesh" in getattr(item, "fixturenames", ())]
    if (
        chosen
        and "PROXYLESS_LAB_MESH" not in os.environ
        and not session.config.option.collectonly
        and not hasattr(session.config, "workerinput")  # `make test` has made them, once for all workers
        and not needs.missing(images=True)
    ):
        binaries(*CONTROL_PLANE, *NODE_PARTS, "pilot-discovery", "pilot-agent", "istioctl", "echo-go", "echo-kitex")
        images.archives(_images())
        product.image()
