"""Injection by delegation as a MutatingAdmissionPolicy: template, hold, key format and security context, as ``inject`` sets them.

It acts on pods of which CEL can tell for sure that mode auto delegates, and leaves all others untouched to the webhook; what it
writes is what ``inject.delegate`` writes (``tests/export/test_delegation.py`` compares on a real API server). The mark that it
leaves keeps the webhook from doing it again.
"""

from collections.abc import Mapping
from typing import Any

from proxyless import __version__
from proxyless.export.bindings import BoundNamespaces, Label, is_label, selector
from proxyless.export.cel import text
from proxyless.export.delegated_pods import CONFIG, POD, SAYS_HOLD, acts
from proxyless.export.statements.pods import templates
from proxyless.inject.compact_json import compact
from proxyless.inject.restricted import restricted
from proxyless.inject.settings import InjectionSettings
from proxyless.mesh.pod import keys
from proxyless.mesh.pod.opt_in_marks import AGENT_TEMPLATE
from proxyless.mesh.pod.proxy_config import HOLD
from proxyless.mesh.pod.surroundings import Namespace

NAME = "delegate.proxyless.dev"
WHY = f"MutatingAdmissionPolicy {NAME}"
"""In the mark: who did it."""
_LINE_END = "\n"


def mutation(settings: InjectionSettings) -> str:
    """The operations, as a CEL list of JSONPatch."""
    steps = [f"(has(object.metadata.annotations) ? [] : [{_add('/metadata/annotations', '{}')}])"]
    agent = text(AGENT_TEMPLATE)
    named = f'{templates(POD)}.filter(word, word != "")'
    with_agent = _put(keys.TEMPLATES, f'({named} + [{agent}]).join(",")')
    steps.append(f"({agent} in {named} ? [] :\n[{with_agent}])")
    if settings.hold:
        alone = _put(keys.PROXY_CONFIG, text(f'{{"{HOLD}": true}}'))
        before = _put(keys.PROXY_CONFIG, f"{text(f'{HOLD}: true{_LINE_END}')} + {CONFIG}")
        steps.append(f'({CONFIG}.trim() == "" ? [{alone}] :\n{CONFIG}.matches({text(SAYS_HOLD)}) ? [] : [{before}])')
    note = compact({"mode": "delegate", "xds": "agent", "version": __version__, "why": WHY})
    steps.append(f"[{_put(keys.MARK, text(note))}, {_add('/spec/containers/-', _stub(settings))}]")
    return "variables.acts ? " + "\n+ ".join(steps) + " : []"


def never(settings: InjectionSettings) -> str:
    """Why mode auto delegates no pod with these settings; empty where it does."""
    reasons = {
        "injection.mode is own": settings.mode == "own",
        "injection.xds is direct": settings.xds == "direct",
        "injection.nativeSidecar is always": settings.native_sidecar is True,
        "Istio's injector is not installed": not settings.istio_injector,
    }
    return next((reason for reason, holds in reasons.items() if holds), "")


def _says_key_format(settings: InjectionSettings) -> bool:
    """Whether the mesh says in which format the agent writes its key: its word counts."""
    mesh = settings.proxy_config.get("proxyMetadata")
    return keys.PKCS8_KEY in {*settings.proxy_metadata, *(mesh if isinstance(mesh, Mapping) else ())}


def _add(pointer: str, value: str) -> str:
    return f'JSONPatch{{op: "add", path: "{pointer}", value: {value}}}'


def _put(key: str, value: str) -> str:
    return f'JSONPatch{{op: "add", path: "/metadata/annotations/" + jsonpatch.escapeKey({text(key)}), value: {value}}}'


def _stub(settings: InjectionSettings) -> str:
    """The container that carries what Istio's template lacks, as a CEL object."""
    stub = {
        "name": keys.AGENT,
        "image": keys.AUTO_IMAGE,
        "imagePullPolicy": settings.image_pull_policy or "IfNotPresent",
        **({} if _says_key_format(settings) else {"env": [{"name": keys.PKCS8_KEY, "value": "true"}]}),
        "securityContext": restricted(settings, Namespace("", {}, {})),
    }
    return _object("Object.spec.containers", stub)


def _object(kind: str, value: Any) -> str:
    if isinstance(value, dict):
        inner = ", ".join(f"{key}: {_object(f'{kind}.{key}', item)}" for key, item in value.items())
        return f"{kind}{{{inner}}}"
    if isinstance(value, list):
        return "[" + ", ".join(_object(kind, item) for item in value) + "]"
    return text(value)


def policy(settings: InjectionSettings, version: str) -> dict[str, Any]:
    """The policy; ``version``: of ``admissionregistration.k8s.io``, ``v1`` or ``v1beta1``."""
    return {
        "apiVersion": f"admissionregistration.k8s.io/{version}",
        "kind": "MutatingAdmissionPolicy",
        "metadata": {"name": NAME, "labels": {"app.kubernetes.io/part-of": "proxyless"}},
        "spec": {
            "failurePolicy": "Ignore",
            "reinvocationPolicy": "Never",
            "matchConstraints": {
                "matchPolicy": "Equivalent",
                "resourceRules": [
                    {
                        "apiGroups": [""],
                        "apiVersions": ["v1"],
                        "operations": ["CREATE"],
                        "resources": ["pods"],
                        "scope": "Namespaced",
                    }
                ],
            },
            "variables": [{"name": "acts", "expression": acts(settings)}],
            "mutations": [{"patchType": "JSONPatch", "jsonPatch": {"expression": mutation(settings)}}],
        },
    }


def binding(version: str, label: Label | None = None) -> dict[str, Any]:
    """What binds the policy to namespaces: those that ask for injection and leave it to the policy, or those with a label."""
    labels = (Label(keys.INJECTION, "enabled"), OPTED_IN) if label is None else (label,)
    return {
        "apiVersion": f"admissionregistration.k8s.io/{version}",
        "kind": "MutatingAdmissionPolicyBinding",
        "metadata": {"name": NAME, "labels": {"app.kubernetes.io/part-of": "proxyless"}},
        "spec": {
            "policyName": NAME,
            "matchResources": {
                "namespaceSelector": selector(BoundNamespaces("delegate", tuple(map(is_label, labels)), ()))
            },
        },
    }


OPTED_IN = Label("proxyless.dev/delegation", "policy")
"""Namespaces whose pods this policy prepares, beside the label that asks for injection."""
HEAD = (
    "Injection by delegation, as the API server does it by itself: pods of namespaces labeled",
    f"{keys.INJECTION}=enabled and {OPTED_IN.key}={OPTED_IN.value} get what Istio's injector needs",
    "(template, hold, key format, security context) where Istio's injector selects them.",
    "Not said in CEL, and left as it is, for the webhook where there is one: pods that need mode own (Jobs, xds: direct,",
    f"a language that opens many streams), pods with a container {keys.AGENT} or a status port of their own, names of more",
    f"than 63 characters, other frameworks, and {keys.PROXY_CONFIG} beyond one line: CEL reads no YAML.",
    "ProxylessPolicies are not seen; label no namespace with this that has some.",
)
