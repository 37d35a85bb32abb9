"""A sample of the measured matrix, played for real with the newest Go and Python: a route by header that takes effect, one by
path, headers that are set, one ignored field, mTLS, plaintext, one rejection, and a field that istiod alone decides.
"""

from collections.abc import Sequence

import pytest

from lab.node.cluster import NODE_PARTS, Cluster
from lab.node.programs import GO_NEWEST, PYTHON_NEWEST, programs
from matrix_measured import again, compare
from matrix_measured.play import play
from matrix_measured.record import Key, Measurement
from matrix_measured.stage import Stage

pytestmark = [
    pytest.mark.cluster(*NODE_PARTS, "pilot-discovery", "pilot-agent", "istioctl", "echo-go"),
    pytest.mark.timeout(900),
]
_NAMES = (
    "vs-header-exact",
    "vs-uri-exact",
    "vs-headers-set",
    "vs-cors",
    "dr-tls-mutual",
    "dr-tls-simple",
    "dr-hash-maglev",
    "sent-outlier",  # istiod alone
)
_NEWEST = {("python", PYTHON_NEWEST), ("go", GO_NEWEST)}


def test_a_sample_is_as_the_table_says() -> None:
    with Cluster(crds=("istio", "gateway")) as cluster:
        stage = Stage(cluster, [item for item in programs() if (item.language, item.version) in _NEWEST])
        stage.start(install=True)
        measured: dict[Key, Measurement] = {}

        def save(found: Sequence[Measurement]) -> None:
            measured.update({item.key: item for item in found})

        play(stage, lambda case, _: case in _NAMES, save)
        again.settle(stage, list(measured.values()), save)  # a busy machine makes libraries late
    assert len({(item.case, item.library) for item in measured.values()}) == (len(_NAMES) - 1) * len(_NEWEST) + 1
    different = [str(item) for item in compare.differences(list(measured.values()))]
    assert not different, "\n".join(different)
