"""Mode delegate: Istio's own injector adds the agent; we set what it needs for that, and repair its known defects.

Small on purpose: what Istio's template does, it does in its own version. One concern per function, in the order of
:data:`CONCERNS`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from proxyless.inject.hold import with_hold
from proxyless.inject.mark import mark
from proxyless.inject.patch import Patch
from proxyless.inject.restricted import restricted
from proxyless.inject.settings import InjectionSettings
from proxyless.mesh.pod import keys, targets
from proxyless.mesh.pod.agent import agent_variable
from proxyless.mesh.pod.decision import Inject
from proxyless.mesh.pod.opt_in_marks import AGENT_TEMPLATE, templates
from proxyless.mesh.pod.owner import canonical_name, fit_label, owner
from proxyless.mesh.pod.pod import Pod
from proxyless.mesh.pod.proxy_config import HOLD, proxy_config
from proxyless.mesh.pod.surroundings import Namespace
from proxyless.model import forms

_LABELS = ("metadata", "labels")
_ANNOTATIONS = ("metadata", "annotations")


@dataclass(slots=True)
class _Preparing:
    """A pod on its way to Istio's injector."""

    pod: Pod
    namespace: Namespace
    settings: InjectionSettings
    decision: Inject
    patch: Patch
    warnings: list[str] = field(default_factory=list)


def render(
    pod: Pod, namespace: Namespace, settings: InjectionSettings, decision: Inject
) -> tuple[Patch, tuple[str, ...]]:
    """The patch that prepares a pod for Istio's injector, and warnings for its author."""
    work = _Preparing(pod, namespace, settings, decision, Patch(pod.raw))
    for concern in CONCERNS:
        concern(work)
    return work.patch, tuple(work.warnings)


def _template(work: _Preparing) -> None:
    """Istio renders the templates that the annotation lists, and its default ones only without it."""
    named = templates(work.pod)
    if AGENT_TEMPLATE not in named:
        work.patch.put(_ANNOTATIONS, keys.TEMPLATES, ",".join([*named, AGENT_TEMPLATE]))


def _hold(work: _Preparing) -> None:
    said = proxy_config(work.pod)
    if said.config is None:
        work.warnings.append(f"{said.remark}: {HOLD} was not added to it")
    elif said.remark:
        work.warnings.append(said.remark)
    text = with_hold(work.pod.annotation(keys.PROXY_CONFIG), said) if work.settings.hold else None
    if text is not None:
        work.patch.put(_ANNOTATIONS, keys.PROXY_CONFIG, text)


def _long_name(work: _Preparing) -> None:
    """Istio's template does not cut the name, and the API server refuses a label of more than 63 characters."""
    name = canonical_name(work.pod, owner(work.pod))
    fitting = fit_label(name)
    if fitting != name and forms.LABEL_VALUE.fits(fitting):
        work.patch.put(_LABELS, keys.CANONICAL_NAME, fitting)


def _status_port(work: _Preparing) -> None:
    """With ``"0"`` Istio's template loses all mounts of the agent, and its probe knows only port 15020."""
    said = work.pod.annotations.get(keys.STATUS_PORT)
    if said is not None and said.strip() != "15020":
        work.patch.drop(_ANNOTATIONS, keys.STATUS_PORT)
        work.warnings.append(
            f"{keys.STATUS_PORT} was removed: Istio's grpc-agent never becomes ready with another port"
        )


def _stub(work: _Preparing) -> None:
    """A container that only carries what Istio's template lacks: security context and key format; Istio fills in the rest."""
    context = restricted(work.settings, work.namespace)
    found = work.pod.agent
    env = [] if _says_key_format(work) else [{"name": keys.PKCS8_KEY, "value": "true"}]
    if found is None:
        stub = {
            "name": keys.AGENT,
            "image": keys.AUTO_IMAGE,
            # "auto" has no tag: the API server would default to Always, and Istio keeps what the pod says
            "imagePullPolicy": work.settings.image_pull_policy or "IfNotPresent",
            **({"env": env} if env else {}),
            "securityContext": context,
        }
        work.patch.append(("spec", "containers"), [stub])
    elif found.group == "containers":
        place = ("spec", "containers", found.index)
        if found.raw.get("securityContext") is None:
            work.patch.put(place, "securityContext", context)
        work.patch.append((*place, "env"), env)


def _says_key_format(work: _Preparing) -> bool:
    """Whether mesh, pod or the pod's own agent container says in which format the agent writes its key: their word counts.

    A variable of the container would win over proxyMetadata, so none is added there.
    """
    mesh = work.settings.proxy_config.get("proxyMetadata")
    said = {*work.settings.proxy_metadata, *(mesh if isinstance(mesh, Mapping) else ())}
    return keys.PKCS8_KEY in said or agent_variable(work.pod, keys.PKCS8_KEY) is not None


def _early(work: _Preparing) -> None:
    work.warnings.extend(targets.too_early(work.pod))


def _labels(work: _Preparing) -> None:
    for key, value in work.decision.labels.items():
        work.patch.put(_LABELS, key, value)


def _mark(work: _Preparing) -> None:
    work.patch.put(_ANNOTATIONS, keys.MARK, mark(work.decision))


CONCERNS: tuple[Callable[[_Preparing], None], ...] = (
    _template,
    _hold,
    _long_name,
    _status_port,
    _stub,
    _early,
    _labels,
    _mark,
)
