"""Labels of an injected pod: Istio's canonical names, the network, and the one that keeps Istio's injector off."""

from proxyless.inject.own.rendering import LABELS, Rendering
from proxyless.mesh.pod import keys
from proxyless.mesh.pod.owner import canonical_name, canonical_revision, fit_label
from proxyless.model import forms


def add_labels(work: Rendering) -> None:
    """Labels that telemetry, policies and istiod group by. ``security.istio.io/tlsMode`` is left to the author."""
    wanted = {}
    name = fit_label(canonical_name(work.pod, work.owner))
    if name and forms.LABEL_VALUE.fits(name):  # an owner may have any name
        wanted[keys.CANONICAL_NAME] = name
    wanted[keys.CANONICAL_REVISION] = canonical_revision(work.pod)
    if work.settings.network and not work.pod.labels.get(keys.NETWORK):
        wanted[keys.NETWORK] = work.settings.network
    wanted.update(work.decision.labels)
    for key, value in wanted.items():
        work.patch.put(LABELS, key, value)
    work.labels.update(wanted)
