"""A pod in, a decision and the operations that carry it out: the whole of injection in one pure function.

Called by the webhook and by the command line. The pod is never changed; a pod of any shape gets an answer, never an
exception.
"""

from dataclasses import dataclass

from proxyless.inject import delegate, own
from proxyless.inject.patch import Operation
from proxyless.inject.settings import InjectionSettings
from proxyless.mesh.pod.decide import decide
from proxyless.mesh.pod.decision import Inject, Skip
from proxyless.mesh.pod.pod import Pod
from proxyless.mesh.pod.shape import MalformedPod, check_shape
from proxyless.mesh.pod.surroundings import Namespace, Wish


@dataclass(frozen=True, slots=True)
class Injection:
    """The answer for one pod."""

    decision: Inject | Skip
    operations: list[Operation]
    """RFC 6902, against the pod as it was given; empty for a Skip and for a pod that has everything."""
    warnings: tuple[str, ...]
    """For the author of the pod, most important first."""


def inject(pod: object, namespace: Namespace, settings: InjectionSettings, wish: Wish | None = None) -> Injection:
    """Decides on a raw pod and builds its patch.

    Args:
        pod: the pod as an AdmissionReview holds it: the name may be missing, generateName there instead.
        namespace: where it is made. The pod's own ``metadata.namespace`` may be missing and does not count.
        settings: what injection is told.
        wish: what a policy that selects the pod says of it.
    """
    try:
        seen = Pod(check_shape(pod))
    except MalformedPod as error:
        reason = f"not a pod that can be injected: {error}"
        return Injection(Skip(reason, "malformed", asked=True), [], (f"no agent: {reason}",))
    decision = decide(seen, namespace, settings.injectors, wish)
    if isinstance(decision, Skip):
        refused = (f"no agent: {decision.reason}",) if decision.asked else ()
        return Injection(decision, [], (*refused, *decision.notes))
    mode = own if decision.mode == "own" else delegate
    patch, warnings = mode.render(seen, namespace, settings, decision)
    return Injection(decision, patch.operations(), (*decision.notes, *warnings))
