"""A replica beside an admission policy: what the policy warns of comes once, and a denial comes from whoever is there."""

import pytest

from lab.api import wait_until
from lab.controlplane import ControlPlane
from proxyless.export.bindings import USUAL
from proxyless.export.statements import ALL
from proxyless.export.validating import binding, policy
from webhook.replica import Replica

POLICIES = "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies"
PERMISSIVE = """
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: default}
spec: {mtls: {mode: PERMISSIVE}}
"""


@pytest.mark.cluster
def test_a_warning_of_a_policy_comes_once(plane: ControlPlane) -> None:
    (statement,) = (one for one in ALL if one.code == "PX301")
    bindings = [binding(statement, place) for place in USUAL]
    space = plane.namespace("warned", {"proxyless.dev/enforcement": "warn"})
    strict = plane.namespace("denied", {"proxyless.dev/enforcement": "strict"})

    def said(namespace: str) -> list[str]:
        done = plane.kubectl("create", "--dry-run=server", "-n", namespace, "-f", "-", stdin=PERMISSIVE)
        return [line for line in done.stderr.splitlines() if "PX301" in line]

    plane.api.request("POST", POLICIES, policy(statement))
    try:
        for bound in bindings:
            plane.api.request("POST", POLICIES.replace("policies", "policybindings"), bound)
        with Replica(plane):
            wait_until("the policy alone warns", lambda: _who(said(space)) == ["policy"], timeout=90)
            wait_until("the policy denies", lambda: _who(said(strict)) == ["policy"], timeout=90)
            for bound in bindings:
                name = bound["metadata"]["name"]
                plane.api.request("DELETE", f"{POLICIES.replace('policies', 'policybindings')}/{name}")
            wait_until("the webhook denies", lambda: _who(said(strict)) == ["webhook"], timeout=90)
            wait_until("the webhook warns again", lambda: _who(said(space)) == ["webhook"], timeout=90)
    finally:
        plane.api.request("DELETE", f"{POLICIES}/px301.proxyless.dev")


def _who(lines: list[str]) -> list[str]:
    return ["policy" if "ValidatingAdmissionPolicy" in line else "webhook" for line in lines]
