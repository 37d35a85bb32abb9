"""The answer of ``proxyless why``: the verdict, what decides it, the one change that repairs it, and every step. Made for ``cli.why``."""

from proxyless.lint.not_known import NotKnown
from proxyless.lint.pods import brings_bootstrap, injected_by_us, istio_keeps_off
from proxyless.lint.running import lack_at
from proxyless.lint.select import Selection
from proxyless.lint.why.concerned import findings, objects, rejected
from proxyless.lint.why.question import Question
from proxyless.lint.why.repair import repair
from proxyless.lint.why.repair_tls import Repair
from proxyless.lint.why.step import CallStep
from proxyless.lint.why.steps import tree
from proxyless.mesh.effective.call_ends import CallOutcome, Code, End, outcome, text_of
from proxyless.mesh.effective.call_verdict import Because
from proxyless.mesh.pair import Party
from proxyless.mesh.pod import keys
from proxyless.mesh.pod.variables import variable
from proxyless.mesh.workload import wants_agent
from proxyless.model.client import Framework
from proxyless.model.finding import Finding, Notice
from proxyless.model.record import NamedTuple


class WhyAnswer(NamedTuple):
    """All that is said of one call."""

    question: Question
    outcome: CallOutcome
    repair: Repair | None
    """None: nothing to repair, or nothing that one change would."""
    tree: tuple[CallStep, ...]
    findings: tuple[Finding, ...]
    """What rules say of the objects involved, as far as it concerns this call."""
    broken: tuple[Notice, ...]
    """Rules that failed: defects of ours."""

    @property
    def works(self) -> bool:
        """Whether calls get through, encrypted or not."""
        return self.outcome.code in (Code.MTLS, Code.PLAINTEXT)


def answer(question: Question, selection: Selection) -> WhyAnswer:
    """What happens to a call, and why."""
    found, broken = findings(question, objects(question), selection)
    result = _outcome(question)
    return WhyAnswer(question, result, repair(question, result, found), tree(question, found), found, broken)


def _outcome(question: Question) -> CallOutcome:
    before = _before(question)
    if before is not None:
        return CallOutcome(before.code, text_of(before.code, before.because.words), before)
    found = outcome(question.ends, question.call)
    refused = rejected(question) if question.caller is Party.PROXYLESS else None
    if refused is not None and found.code is not Code.UNAVAILABLE:
        end = End(Code.UNAVAILABLE, Because(refused.words, refused.resource, refused.path))
        return CallOutcome(end.code, text_of(end.code, refused.words), end)
    return found


def _before(question: Question) -> End | None:
    """What ends a call before anything of the mesh counts: another framework, no agent, no port."""
    workload, framework = question.workload, question.library.framework
    if question.caller is not Party.PROXYLESS:
        return _no_port(question)
    if framework is not Framework.GRPC:
        words = f"{workload.ref} uses {framework.value.capitalize()}, whose calls are not computed; the findings tell what is known"
        return End(Code.UNKNOWN, Because(words, workload.resource, (*workload.path, "metadata")))
    missing = _no_bootstrap(question) or _no_agent_now(question)
    if missing is not None:
        return missing
    if question.target is None:
        words = f"the target {question.dialed} names no port, and istiod answers that with nothing"
        return End(Code.UNAVAILABLE, Because(words))
    return None


def _no_port(question: Question) -> End | None:
    """The target without a port, of whoever else calls."""
    if question.target is not None:
        return None
    return End(Code.UNKNOWN, Because(f"which port of {question.dialed} is called: write host:port"))


def _no_agent_now(question: Question) -> End | None:
    """The client whose pods run without the agent, all or some of them."""
    lack = lack_at(question.workload.ref, question.world)
    if lack is None:
        return None
    words = f"{lack.sentence}, and xds:/// finds no bootstrap there"
    return End(Code.UNAVAILABLE, Because(words, question.workload.resource, lack.path))


def _no_bootstrap(question: Question) -> End | None:
    """The client that gets no agent, as far as that is certain, and brings no bootstrap of its own."""
    world, workload = question.world, question.workload
    own = any(brings_bootstrap(item) or variable(item, keys.BOOTSTRAP) is not None for item in workload.pod.apps)
    if own or injected_by_us(workload, world):
        return None
    if not workload.templates and world.settings.assume_proxyless:
        return None
    ref, place = workload.ref, (*workload.path, "metadata")
    if workload.templates:
        place = workload.metadata_path("annotations", keys.TEMPLATES)
    try:
        why = istio_keeps_off(workload, world)
    except NotKnown:
        if world.is_proxyless(workload):
            return None
        words = f"whether {ref} gets an agent: it asks for none, and Namespace {workload.namespace} was not given"
        return End(Code.UNKNOWN, Because(words, workload.resource, place))
    if why:
        words = f"{ref} gets no agent, so that xds:/// finds no bootstrap: {why}"
    elif not wants_agent(workload):
        words = f"{ref} gets an Envoy sidecar, which brings gRPC no xDS bootstrap"
    else:
        return None
    return End(Code.UNAVAILABLE, Because(words, workload.resource, place))
