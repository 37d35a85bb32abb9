"""The model against the kept answers of a real istiod: 1,400 meshes, no difference.

Lists of headers in the kept answers are sorted as text; the model has them in the order in which they are sent.
"""

from itertools import islice

from mesh.effective.differences import differences
from mesh.effective.oracle.meshes import meshes

_SHOWN = 20
_MESHES = 1400


def test_model_says_what_istiod_said_of_each_mesh() -> None:
    """Listeners, short names, routes, clusters, endpoints, servers; the first differences are shown."""
    counted = 0
    found: list[str] = []
    for said in meshes():
        counted += 1
        found += islice(differences(said, said.mesh()), _SHOWN - len(found))
        if len(found) >= _SHOWN:
            break
    assert not found, "\n".join(found)
    assert counted == _MESHES
