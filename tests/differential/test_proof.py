"""The kept proof is about the istiod that the lab builds, and holds."""

import json

from differential import report

_PROOF = json.loads(report.FILE.read_text())


def test_the_proof_is_of_the_pinned_istio() -> None:
    assert _PROOF["istio"] == report.pinned_istio(), "Istio was raised: run `make differential MESHES=10000`"


def test_the_proof_holds() -> None:
    first, last = _PROOF["seeds"]
    assert _PROOF["meshes"] == last - first + 1
    assert _PROOF["differences"] == {}
    assert _PROOF["meshes"] >= 1000
    assert min(_PROOF["questions"].values()) >= 1000
    assert sum(_PROOF["unknown"].values()) <= 0.005 * sum(_PROOF["questions"].values())
