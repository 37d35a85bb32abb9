"""The annotation that proxyless leaves on an injected pod: how it was injected, by which version, and why.

Written by both modes; read by people, by the controller and by ``obstacles`` on a second pass.
"""

from proxyless import __version__
from proxyless.inject.compact_json import compact
from proxyless.mesh.pod.decision import Inject


def mark(decision: Inject) -> str:
    """Text of the annotation, JSON in one line."""
    fields = {"mode": decision.mode, "xds": decision.xds, "version": __version__, "why": decision.reason}
    return compact(fields)
