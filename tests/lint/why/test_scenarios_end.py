"""Each state of the scenarios S1, S2 and S5 ends with ``why`` telling what the calls then do."""

import pytest

from lint.rule_cases import Case
from lint.test_scenarios import FOLDER, state_after
from lint.why.small import ask
from proxyless.adapters.policies import settings_from
from proxyless.lint.world import World
from proxyless.model.snapshot import Snapshot

_S1 = ("echo-v1", "echo.echo-grpc.svc.cluster.local:7070")
_S2 = ("grpc-helloworld-py-v1", "grpc-helloworld-py:50051")
_S5 = ("greeter-a", "greeter-b:50051")
_TLS_AND_PLAIN = "fails: UNAVAILABLE, the client speaks mTLS, Deployment echo-grpc/echo-v1 is proxyless and PERMISSIVE"
_BOTH = "To encrypt these calls change both sides."


@pytest.mark.parametrize(
    ("step", "call", "verdict", "fix"),
    [
        ("s1/1-discovery", _S1, "plaintext", _BOTH),
        ("s1/2-weights", _S1, "plaintext", _BOTH),
        ("s1/3-client-mtls-alone", _S1, _TLS_AND_PLAIN, "Add a PeerAuthentication with `mtls: {mode: STRICT}` in namespace echo-grpc."),
        ("s1/4-server-mtls", _S1, "works with mTLS", ""),
        ("s1/5-permissive", _S1, _TLS_AND_PLAIN, "Write `spec.mtls.mode: STRICT` in PeerAuthentication echo-grpc/echo-strict."),
        ("s1/6-startup-race", _S1, "works with mTLS", ""),
        ("s2/1-sidecar-backends", _S2, "fails: UNAVAILABLE, Deployment hello/grpc-helloworld-py-v1 gets an Envoy sidecar", "Set the pod"),
        ("s2/2-proxyless-backends", _S2, "plaintext", _BOTH),
        ("s2/4-strict-backends", _S2, "fails: UNAVAILABLE, the client speaks plaintext",
         "Write `spec.trafficPolicy.tls.mode: ISTIO_MUTUAL` in DestinationRule hello/dr-istio-grpc-server."),
        ("s2/5-mutual", _S2, "works with mTLS", ""),
        ("s5/1-as-the-tutorial-has-it", _S5, "fails: UNAVAILABLE, Deployment greeter/greeter-a gets no agent", "Give its pods the agent"),
        ("s5/2-agent", _S5, "fails: UNAVAILABLE, no Service or ServiceEntry has the host greeter-b", "Add a Service greeter-b"),
        ("s5/3-service", _S5, "fails: UNAVAILABLE, outbound|50051|v1|greeter-b", "Put the labels on the pod template"),
        ("s5/4-xds-target", _S5, "fails: UNAVAILABLE, outbound|50051|v1|greeter-b", "Put the labels on the pod template"),
        ("s5/5-subset-labels", _S5, "plaintext", _BOTH),
        ("s5/6-mtls", _S5, "works with mTLS", ""),
    ],
)  # fmt: skip
def test_state_ends_with_what_calls_do(step: str, call: tuple[str, str], verdict: str, fix: str) -> None:
    file = FOLDER / f"{step}.yaml"
    snapshot, text = state_after(file)
    words = Case(file.parent.name, file.name, text)
    snapshot = Snapshot(snapshot, complete=words.complete())
    found = ask(World(snapshot, settings_from(snapshot, words.settings())), call[1], "/x.Y/Z", call[0])
    assert not found.broken
    assert found.outcome.text.startswith(verdict)
    assert (found.repair.text if found.repair is not None else "").startswith(fix)
    assert bool(found.repair) == bool(fix)
