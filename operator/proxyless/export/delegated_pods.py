"""Which pods the policy of delegation acts on, as CEL: those of which it is sure that mode auto delegates. Says nothing of the patch.

Read by ``export.delegation``. Each part stands for a step of ``mesh.pod.decide``; where CEL cannot follow it the pod is left to
the webhook.
"""

from proxyless.export.cel import fields, items, string, text
from proxyless.export.statements.pods import mark, templates
from proxyless.inject.settings import InjectionSettings
from proxyless.mesh.pod import keys
from proxyless.mesh.pod.obstacles import MOST_BYTES, OTHER_TEMPLATES
from proxyless.mesh.pod.proxy_config import HOLD

SAYS_HOLD = f'^\\s*(\\{{\\s*"?{HOLD}"?\\s*:\\s*(true|false)\\s*\\}}|{HOLD}:\\s+(true|false))\\s*$'
"""Forms of ``proxy.istio.io/config`` that say it themselves: nothing is added."""
ONE_SETTING = "^[a-z][a-zA-Z]{5,}: [a-zA-Z0-9]+\\n?$"
"""The form to which a line is added: no name that YAML reads as null or a boolean. Others take a reader of YAML, which CEL has not."""
POD, SPEC = "object", "object.spec"
CONFIG = string(POD, "metadata", "annotations", keys.PROXY_CONFIG)
"""Text of ``proxy.istio.io/config``."""
_CONTAINERS = items(SPEC, "containers")


def acts(settings: InjectionSettings) -> str:
    """When the policy acts, in the order of ``mesh.pod.decide``: one expression with a name before each part.

    No ``matchConditions``: the API server would convert the pod once more for them, and they see no namespace.
    """
    parts = {
        "not injected": f"{_has_none(keys.STATUS, keys.MARK, keys.MIRROR_POD)} && !{_has_agent()}",
        "not opted out": f'{mark(POD)} != "false" && {_istio_word()} != "false"',
        "Istio selects it": _selected(settings),
        "leaves the way to us": _left_to_us(),
        "can have an agent": _no_obstacle(settings),
        "readable": _readable(),
        "fits": _fits(),
    }
    return " &&\n".join(f"// {name}\n({part})" for name, part in parts.items())


def _has_none(*annotations: str) -> str:
    held = fields(POD, "metadata", "annotations")
    return " && ".join(f"!({text(key)} in {held})" for key in annotations)


def _has_agent() -> str:
    return f"({_CONTAINERS} + {items(SPEC, 'initContainers')}).exists(one, one.name == {text(keys.AGENT)})"


def _istio_word() -> str:
    """Istio's label, which wins whatever it says, else its annotation."""
    label = f"object.metadata.?labels[?{text(keys.SIDECAR_INJECT)}]"
    return f"{label}.orValue({string(POD, 'metadata', 'annotations', keys.SIDECAR_INJECT)})"


def _selected(settings: InjectionSettings) -> str:
    """Whether Istio's injector selects the pod, as ``mesh.pod.istio_injector.selected`` says, and its user is the usual one."""
    space, own = fields("namespaceObject", "metadata", "labels"), fields(POD, "metadata", "labels")
    names = [settings.revision or "default", *settings.revision_tags]
    known = ", ".join(map(text, names))
    injection, revision = text(keys.NAMESPACE_INJECTION), text(keys.REVISION)
    bare = f"!({revision} in {space}) && !({injection} in {space})"
    by_revision = (
        f"!({injection} in {space}) && {string('namespaceObject', 'metadata', 'labels', keys.REVISION)} in [{known}]"
    )
    by_pod = f"{bare} && {string(POD, 'metadata', 'labels', keys.REVISION)} in [{known}]"
    ways = [by_revision, by_pod]
    if "default" in names:
        ways.append(f'{string("namespaceObject", "metadata", "labels", keys.NAMESPACE_INJECTION)} == "enabled"')
        label = string(POD, "metadata", "labels", keys.SIDECAR_INJECT)
        ways.append(f'{bare} && {label} == "true" && !({revision} in {own})')
    ranged = [
        f"!namespaceObject.metadata.?annotations[?{text(key)}].hasValue()"
        for key in (keys.OPENSHIFT_UIDS, keys.OPENSHIFT_GROUPS)
    ]
    return f"{' && '.join(ranged)} &&\n(" + " ||\n".join(f"({way})" for way in ways) + ")"


def _left_to_us() -> str:
    """Whether nothing asks for a mode, a way to xDS or a framework of its own, or may need one."""
    held, labels = fields(POD, "metadata", "annotations"), fields(POD, "metadata", "labels")
    words = ", ".join(map(text, (keys.FRAMEWORK, keys.LANGUAGE, keys.XDS, keys.MODE, keys.NATIVE_SIDECAR)))
    said = f"![{words}].exists(key, key in {held}) && !({text(keys.FRAMEWORK)} in {labels})"
    owners = items(POD, "metadata", "ownerReferences")
    ends = f'{string(SPEC, "restartPolicy")} in ["Never", "OnFailure"] || {owners}.exists(owner, owner.kind == "Job")'
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
    held = fields(POD, "metadata", "annotations")
    size = f"{held}.map(key, bytes(key).size() + bytes({held}[key]).size()).sum()"
    return (
        f"!(request.namespace in [{ignored}]) && !{SPEC}.?hostNetwork.orValue(false)\n"
        f'&& {string(SPEC, "os", "name")} != "windows" && {_CONTAINERS}.size() > 0\n'
        f"&& !{templates(POD)}.exists(word, word in [{others}]) && {size} <= {MOST_BYTES}"
    )


def _readable() -> str:
    """Whether the annotation for the proxy is of a form that is read here, and the status port is the usual one."""
    return (
        f'({CONFIG}.trim() == "" || {CONFIG}.matches({text(SAYS_HOLD)}) || '
        f'({CONFIG}.matches({text(ONE_SETTING)}) && !{CONFIG}.startsWith("hold")))\n'
        f"&& {_has_none(keys.STATUS_PORT)}"
    )


def _fits() -> str:
    """Whether the workload's name, which Istio makes a label of, is no longer than a label."""
    named = " || ".join(
        f'{string(POD, "metadata", "labels", key)} != ""'
        for key in (keys.CANONICAL_NAME, "app.kubernetes.io/name", "app")
    )
    owners = items(POD, "metadata", "ownerReferences")
    lengths = (
        f"{string(POD, 'metadata', 'name')}.size() <= 63 && {string(POD, 'metadata', 'generateName')}.size() <= 63 "
        f"&& {owners}.all(owner, owner.name.size() <= 63)"
    )
    return f"{named} || ({lengths})"
