"""A sample of the measured matrix, played for real: one case each that takes effect, is ignored, is rejected and goes out in plaintext."""

import pytest

from lab.node import istio
from lab.node.cluster import NODE_PARTS, Cluster
from lab.node.programs import GO_NEWEST, PYTHON_NEWEST, programs
from matrix_measured import again, clients, compare, istiod
from matrix_measured.cases import CLIENT, ISTIOD
from matrix_measured.stage import Stage

pytestmark = [
    pytest.mark.cluster(*NODE_PARTS, "pilot-discovery", "pilot-agent", "istioctl", "echo-go"),
    pytest.mark.timeout(300),
]
_NAMES = (
    "vs-header-exact",
    "vs-uri-exact",
    "vs-headers-set",
    "vs-cors",
    "dr-tls-mutual",
    "dr-tls-simple",
    "dr-hash-maglev",
)
_NEWEST = {("python", PYTHON_NEWEST), ("go", GO_NEWEST)}


def test_a_sample_is_as_the_table_says() -> None:
    with Cluster(crds=("istio", "gateway")) as cluster:
        istio.install(cluster)
        cluster.await_dns()
        stage = Stage(cluster, [item for item in programs() if (item.language, item.version) in _NEWEST])
        stage.start()
        measured = clients.play(stage, [case for case in CLIENT if case.name in _NAMES], "sample")
        measured += istiod.play(stage, [case for case in ISTIOD if case.name == "sent-outlier"])
        for found in again.settle(stage, measured):  # a busy machine makes libraries late: looked at once more
            measured = list({item.key: item for item in (*measured, *found)}.values())
    assert len({(item.case, item.library) for item in measured}) == len(_NAMES) * len(_NEWEST) + 1
    different = [str(item) for item in compare.differences(measured)]
    assert not different, "\n".join(different)
