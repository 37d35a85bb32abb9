"""``manifests/policies`` as a user applies it: words of a denial and of a warning, by the labels of namespaces. No webhook runs."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.api import wait_until
from lab.controlplane import ControlPlane

POLICIES = Path(__file__).parents[2] / "manifests" / "policies"
PERMISSIVE = """
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: default, annotations: {%s}}
spec: {mtls: {mode: PERMISSIVE}}
"""
SAID = (
    "PeerAuthentication %s/default, spec.mtls.mode is PERMISSIVE: gRPC cannot do PERMISSIVE: proxyless servers speak plaintext "
    "only, and clients that use mTLS fail. Fix: Write `mode: STRICT` and give clients a DestinationRule with "
    "`tls: {mode: ISTIO_MUTUAL}`, or write `mode: DISABLE`. (PX301; proxyless explain PX301)"
)
STRICT = "proxyless.dev/enforcement"


@pytest.fixture(scope="module")
def applied(control_plane: ControlPlane) -> Iterator[ControlPlane]:
    done = control_plane.kubectl("apply", "-k", str(POLICIES))
    assert done.returncode == 0, done.stderr
    space = control_plane.namespace(labels={STRICT: "strict"})
    wait_until("policies in force", lambda: _apply(control_plane, space)[0] != 0, timeout=60, every=0.3)
    yield control_plane
    done = control_plane.kubectl("delete", "--wait=false", "-k", str(POLICIES))
    assert done.returncode == 0, done.stderr


def _apply(plane: ControlPlane, namespace: str, annotation: str = "") -> tuple[int, str]:
    done = plane.kubectl("create", "--dry-run=server", "-n", namespace, "-f", "-", stdin=PERMISSIVE % annotation)
    return done.returncode, done.stderr


def test_denied_where_strict(applied: ControlPlane) -> None:
    space = applied.namespace(labels={STRICT: "strict"})
    code, said = _apply(applied, space, 'proxyless.dev/ignore: "PX301=because I say so"')
    assert code == 1
    assert "Forbidden" in said or "forbidden" in said
    assert f"denied request: {SAID % space}" in said


@pytest.mark.parametrize("label", [{STRICT: "warn"}, {"proxyless.dev/injection": "enabled"}])
def test_warned_where_declared(applied: ControlPlane, label: dict[str, str]) -> None:
    space = applied.namespace(labels=label)
    code, said = _apply(applied, space)
    assert code == 0, said
    assert said.count("Warning:") == 1
    assert said.rstrip().endswith(SAID % space)


def test_silent_where_excused_or_not_declared(applied: ControlPlane) -> None:
    assert _apply(applied, applied.namespace()) == (0, "")
    space = applied.namespace(labels={STRICT: "warn"})
    assert _apply(applied, space, 'proxyless.dev/ignore: "PX502=a; PX301=the migration ends in March"') == (0, "")
