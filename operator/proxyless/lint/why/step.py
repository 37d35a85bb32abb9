"""One step of a call (client, listener, route, cluster, ...) and its state. Made by ``steps`` and ``cluster_steps``, worded by ``report``."""

from proxyless.mesh.effective.call_ends import Code
from proxyless.mesh.effective.call_verdict import Because
from proxyless.model.path import FieldPath
from proxyless.model.record import NamedTuple
from proxyless.model.resource import Resource

OK, FAILS, UNKNOWN, NOTE = "ok", "fails", "not_decided", "note"
"""States of a step. NOTE: neither good nor bad, or it has no say."""


class CallStep(NamedTuple):
    """One step of a call, with the steps below it."""

    topic: str
    """``client``, ``xds_streams``, ``listener``, ``route``, ``cluster``, ``subset``, ``tls``, ``endpoints``, ``server``,
    ``policy``, ``shadowed``."""
    state: str
    text: str
    resource: Resource | None = None
    path: FieldPath = ()
    children: tuple["CallStep", ...] = ()


STATES = {Code.MTLS: OK, Code.PLAINTEXT: OK, Code.UNKNOWN: UNKNOWN}
STATES |= {code: FAILS for code in Code if code not in STATES}
"""State of the step at which a call ends so."""


def deciding_step(topic: str, code: Code, because: Because) -> CallStep:
    """The step at which a call ends so."""
    return CallStep(topic, STATES[code], because.words, because.resource, because.path)
