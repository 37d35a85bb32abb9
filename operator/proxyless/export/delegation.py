"""Injection by delegation as a MutatingAdmissionPolicy: template, hold, key format and security context, as ``inject`` sets them.

It acts on pods of which CEL can tell for sure that mode auto delegates, and leaves all others untouched to the webhook; what it
writes is what ``inject.delegate`` writes (``tests/export/test_delegation.py`` compares on a real API server). The mark that it
leaves keeps the webhook from doing it again.
"""

from collections.abc import Mapping
from typing import Any

from proxyless import __version__
from proxyless.export.bindings import BoundNamespaces, Label, is_label, selector
from proxyless.export.cel import fields, items, string, text
from proxyless.export.statements.pods import mark, templates
from proxyless.inject.compact_json import compact
from proxyless.inject.restricted import restricted
from proxyless.inject.settings import InjectionSettings
from proxyless.mesh.pod import keys
from proxyless.mesh.pod.obstacles import MOST_BYTES, OTHER_TEMPLATES
from proxyless.mesh.pod.opt_in_marks import AGENT_TEMPLATE
from proxyless.mesh.pod.proxy_config import HOLD
from proxyless.mesh.pod.surroundings import Namespace

NAME = "delegate.proxyless.dev"
WHY = f"MutatingAdmissionPolicy {NAME}"
"""In the mark: who did it."""
SAYS_HOLD = f'^\\s*(\\{{\\s*"?{HOLD}"?\\s*:\\s*(true|false)\\s*\\}}|{HOLD}:\\s+(true|false))\\s*$'
"""Forms of ``proxy.istio.io/config`` that say it themselves: nothing is added."""
ONE_SETTING = "^[a-zA-Z]+: [a-zA-Z0-9]+\\n?$"
"""The form to which a line is added; others take a reader of YAML, which CEL has not."""
_LINE_END = "\n"
_POD, _SPEC = "object", "object.spec"
_CONFIG = string(_POD, "metadata", "annotations", keys.PROXY_CONFIG)
_CONTAINERS = items(_SPEC, "containers")


def acts(settings: InjectionSettings) -> str:
    """When the policy acts, in the order of ``mesh.pod.decide``: one expression with a name before each part.

    No ``matchConditions``: the API server would convert the pod once more for them, and they see no namespace.
    """
    parts = {
        "not injected": f"{_has_none(keys.STATUS, keys.MARK, keys.MIRROR_POD)} && !{_has_agent()}",
        "not opted out": f'{mark(_POD)} != "false" && {_istio_word()} != "false"',
        "Istio selects it": _selected(settings),
        "leaves the way to us": _left_to_us(),
        "can have an agent": _no_obstacle(settings),
        "readable": _readable(),
        "fits": _fits(),
    }
    return " &&\n".join(f"// {name}\n({part})" for name, part in parts.items())


def _has_none(*annotations: str) -> str:
    held = fields(_POD, "metadata", "annotations")
    return " && ".join(f"!({text(key)} in {held})" for key in annotations)


def _has_agent() -> str:
    return f"({_CONTAINERS} + {items(_SPEC, 'initContainers')}).exists(one, one.name == {text(keys.AGENT)})"


def _istio_word() -> str:
    """Istio's label, which wins whatever it says, else its annotation."""
    label = f"object.metadata.?labels[?{text(keys.SIDECAR_INJECT)}]"
    return f"{label}.orValue({string(_POD, 'metadata', 'annotations', keys.SIDECAR_INJECT)})"


def _selected(settings: InjectionSettings) -> str:
    """Whether Istio's injector selects the pod, as ``mesh.pod.istio_injector.selected`` says, and its user is the usual one."""
    space, own = fields("namespaceObject", "metadata", "labels"), fields(_POD, "metadata", "labels")
    names = [settings.revision or "default", *settings.revision_tags]
    known = ", ".join(map(text, names))
    injection, revision = text(keys.NAMESPACE_INJECTION), text(keys.REVISION)
    bare = f"!({revision} in {space}) && !({injection} in {space})"
    by_revision = (
        f"!({injection} in {space}) && {string('namespaceObject', 'metadata', 'labels', keys.REVISION)} in [{known}]"
    )
    by_pod = f"{bare} && {string(_POD, 'metadata', 'labels', keys.REVISION)} in [{known}]"
    ways = [by_revision, by_pod]
    if "default" in names:
        ways.append(f'{string("namespaceObject", "metadata", "labels", keys.NAMESPACE_INJECTION)} == "enabled"')
        label = string(_POD, "metadata", "labels", keys.SIDECAR_INJECT)
        ways.append(f'{bare} && {label} == "true" && !({revision} in {own})')
    ranged = [
        f"!namespaceObject.metadata.?annotations[?{text(key)}].hasValue()"
        for key in (keys.OPENSHIFT_UIDS, keys.OPENSHIFT_GROUPS)
    ]
    return f"{' && '.join(ranged)} &&\n(" + " ||\n".join(f"({way})" for way in ways) + ")"


def _left_to_us() -> str:
    """Whether nothing asks for a mode, a way to xDS or a framework of its own, or may need one."""
    held, labels = fields(_POD, "metadata", "annotations"), fields(_POD, "metadata", "labels")
    words = ", ".join(map(text, (keys.FRAMEWORK, keys.LANGUAGE, keys.XDS, keys.MODE, keys.NATIVE_SIDECAR)))
    said = f"![{words}].exists(key, key in {held}) && !({text(keys.FRAMEWORK)} in {labels})"
    owners = items(_POD, "metadata", "ownerReferences")
    ends = f'{string(_SPEC, "restartPolicy")} in ["Never", "OnFailure"] || {owners}.exists(owner, owner.kind == "Job")'
    traced = (
        f'{_CONTAINERS}.exists(one, {items("one", "env")}.exists(entry, entry.name.startsWith("KITEX_XDS") '
        f'|| {string("entry", "value")}.matches("xds://[^/]")) '
        f'|| {items("one", "command")}.exists(word, word.matches("xds://[^/]")) '
        f'|| {items("one", "args")}.exists(word, word.matches("xds://[^/]")))'
    )
    return f"{said} && !({ends}) &&\n!{traced}"


def _no_obstacle(settings: InjectionSettings) -> str:
    ignored = ", ".join(map(text, settings.ignored_namespaces))
    others = ", ".join(map(text, OTHER_TEMPLATES))
    held = fields(_POD, "metadata", "annotations")
    size = f"{held}.map(key, bytes(key).size() + bytes({held}[key]).size()).sum()"
    return (
        f"!(request.namespace in [{ignored}]) && !{_SPEC}.?hostNetwork.orValue(false)\n"
        f'&& {string(_SPEC, "os", "name")} != "windows" && {_CONTAINERS}.size() > 0\n'
        f"&& !{templates(_POD)}.exists(word, word in [{others}]) && {size} <= {MOST_BYTES}"
    )


def _readable() -> str:
    """Whether the annotation for the proxy is of a form that is read here, and the status port is the usual one."""
    return (
        f'({_CONFIG}.trim() == "" || {_CONFIG}.matches({text(SAYS_HOLD)}) || {_CONFIG}.matches({text(ONE_SETTING)}))\n'
        f"&& {_has_none(keys.STATUS_PORT)}"
    )


def _fits() -> str:
    """Whether the workload's name, which Istio makes a label of, is no longer than a label."""
    named = " || ".join(
        f'{string(_POD, "metadata", "labels", key)} != ""'
        for key in (keys.CANONICAL_NAME, "app.kubernetes.io/name", "app")
    )
    owners = items(_POD, "metadata", "ownerReferences")
    lengths = (
        f"{string(_POD, 'metadata', 'name')}.size() <= 63 && {string(_POD, 'metadata', 'generateName')}.size() <= 63 "
        f"&& {owners}.all(owner, owner.name.size() <= 63)"
    )
    return f"{named} || ({lengths})"


def mutation(settings: InjectionSettings) -> str:
    """The operations, as a CEL list of JSONPatch."""
    steps = [f"(has(object.metadata.annotations) ? [] : [{_add('/metadata/annotations', '{}')}])"]
    agent = text(AGENT_TEMPLATE)
    named = f'{templates(_POD)}.filter(word, word != "")'
    with_agent = _put(keys.TEMPLATES, f'({named} + [{agent}]).join(",")')
    steps.append(f"({agent} in {named} ? [] :\n[{with_agent}])")
    if settings.hold:
        alone = _put(keys.PROXY_CONFIG, text(f'{{"{HOLD}": true}}'))
        before = _put(keys.PROXY_CONFIG, f"{text(f'{HOLD}: true{_LINE_END}')} + {_CONFIG}")
        steps.append(f'({_CONFIG}.trim() == "" ? [{alone}] :\n{_CONFIG}.matches({text(SAYS_HOLD)}) ? [] : [{before}])')
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
