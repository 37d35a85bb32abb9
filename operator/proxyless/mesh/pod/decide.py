"""Whether a pod gets the agent, by whom and how: the one place where that is decided. Called by ``pod.inject``.

Order: is the pod readable, was it injected before, does anybody ask, does anything stand in the way, how does the
application reach xDS, and then which mode can give all of it. Decides from its arguments alone.
"""

from proxyless.mesh.pod import keys
from proxyless.mesh.pod.application import Application, application_of
from proxyless.mesh.pod.decision import Inject, Skip
from proxyless.mesh.pod.istio_injector import InjectorReach, bringing, foreign_revision, reach
from proxyless.mesh.pod.obstacles import already_injected, obstacle
from proxyless.mesh.pod.opt_in import OptIn, opt_in
from proxyless.mesh.pod.pod import Pod
from proxyless.mesh.pod.settings import Injectors
from proxyless.mesh.pod.shape import MalformedPod, check_shape
from proxyless.mesh.pod.surroundings import Namespace, Wish
from proxyless.mesh.pod.xds_mode import Choice, choose
from proxyless.model.record import NamedTuple


def decide_raw(pod: object, namespace: Namespace, settings: Injectors, wish: Wish | None = None) -> Inject | Skip:
    """Decision for a raw pod, which may be of any shape.

    Args:
        pod: the pod as an AdmissionReview holds it: the name may be missing, generateName there instead.
        namespace: where it is made, with labels.
        settings: how the cluster's injectors are set up.
        wish: what a policy that selects the pod says of it.
    """
    try:
        return decide(Pod(check_shape(pod)), namespace, settings, wish)
    except MalformedPod as error:
        return Skip(f"not a pod that can be injected: {error}", "malformed", asked=True)


def decide(pod: Pod, namespace: Namespace, settings: Injectors, wish: Wish | None) -> Inject | Skip:
    """Decision for a parsed pod or pod template: what the webhook does when it gets it."""
    before = already_injected(pod)
    if before is not None:
        return before
    who = opt_in(pod, namespace, wish)
    if isinstance(who, Skip):
        return who
    application = application_of(pod, settings, wish)
    stopped = obstacle(pod, namespace, settings, who, application)
    if stopped is not None:
        return stopped
    return _how(
        _Case(
            pod,
            settings,
            who,
            application,
            choose(application),
            _native(pod, settings),
            reach(namespace.labels, pod.labels, pod.annotations, settings),
            foreign_revision(namespace.labels, pod.labels, settings),
        )
    )


class _Case(NamedTuple):
    """All that the choice of the mode depends on."""

    pod: Pod
    settings: Injectors
    who: OptIn
    said: Application
    choice: Choice
    native: bool
    reached: InjectorReach
    foreign: str | None

    def delegated(self, why: str, notes: tuple[str, ...] = (), labels: dict[str, str] | None = None) -> Inject:
        """Left to Istio's injector."""
        if self.pod.runs_to_completion:
            notes = (*notes, _NEVER_ENDS)
        reason = f"{self.who.who}; delegate: {why}; agent: {self.choice.reason}"
        notes = (*self.said.remarks, *self.choice.notes, *notes)
        return Inject("delegate", "agent", reason, notes, labels=labels or {}, source=self.who.source, by=self.who.by)


_NEVER_ENDS = (
    "Istio's grpc-agent keeps running when the application ends: the pod never completes; use mode own or auto"
)


def _how(case: _Case) -> Inject | Skip:
    if case.said.mode == "delegate":
        return _delegate_by_order(case)
    if case.said.mode == "auto" and case.choice.xds == "agent" and not case.native:
        if case.reached == "already":
            return case.delegated("Istio's injector selects the pod")
        if case.foreign is not None:
            note = (
                f"revision {case.foreign} is not known here: left to that revision's injector;"
                " if there is none, the pod gets no agent"
            )
            return case.delegated(f"revision {case.foreign} is asked for", (note,))
    why, choice = _why_own(case), case.choice
    notes = (*case.said.remarks, *choice.notes)
    if case.foreign is not None:
        notes = (*notes, f"revision {case.foreign} is asked for, the agent gets {case.settings.revision}: {why}")
    reason = f"{case.who.who}; own: {why}; {choice.xds}: {choice.reason}"
    return Inject(
        "own", choice.xds, reason, notes, case.native, {keys.SIDECAR_INJECT: "false"}, case.who.source, case.who.by
    )


def _delegate_by_order(case: _Case) -> Inject | Skip:
    """Mode delegate was asked for: what it cannot give becomes a note, where it cannot work a Skip."""
    if case.reached == "not at all" and case.foreign is None:
        return Skip(
            "mode delegate was asked for, but Istio's injector does not select this pod and no label that we may set"
            " changes that; label the namespace istio-injection=enabled, or use mode own",
            "istio_not_selecting",
            asked=True,
        )
    if _early_stub(case.pod):
        return Skip(
            f"mode delegate was asked for, but Istio's grpc-agent fills no init container {keys.AGENT};"
            " move it to containers, or use mode own",
            "early_stub",
            asked=True,
        )
    notes: tuple[str, ...] = ()
    if case.choice.xds == "direct":
        notes = ("the application needs xds: direct, which mode delegate cannot give; use mode own or auto",)
        choice = Choice("agent", f"mode delegate, although: {case.choice.reason}", case.choice.notes)
        case = case._replace(choice=choice)
    return case.delegated("asked for", notes, bringing(case.settings) if case.reached == "by label" else None)


def _native(pod: Pod, settings: Injectors) -> bool:
    """Whether the agent is to be a native sidecar: by the pod's own stub, its annotation, the settings, the owner."""
    if _early_stub(pod):
        return True
    said_native = pod.annotation(keys.NATIVE_SIDECAR)
    if said_native in ("true", "false"):
        return said_native == "true"
    return pod.runs_to_completion if settings.native_sidecar is None else settings.native_sidecar


def _early_stub(pod: Pod) -> bool:
    """Whether the author put settings for the agent among the init containers."""
    return pod.agent is not None and pod.agent.group == "initContainers"


def _why_own(case: _Case) -> str:
    if case.said.mode == "own":
        return "asked for"
    if case.choice.xds == "direct":
        return "xDS is reached directly"
    return "a native sidecar is needed" if case.native else "Istio's injector does not select the pod"
