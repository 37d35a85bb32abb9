"""Calls that would reach a server and are stopped: by a fault, by a policy, or because no route matches them. Pure; asked by commands.

``call_verdict`` tells whether calls reach servers, ``call_ends`` how one call ends. Here is what is certain of calls of any method, so
that the two commands that show them cannot disagree.
"""

from proxyless.mesh.effective.call import Call
from proxyless.mesh.effective.call_ends import CallOutcome, ClientCall, Code, Sides, ends, outcome
from proxyless.mesh.effective.client import ClientClass, Target
from proxyless.mesh.effective.mesh import Mesh

_STOPS = (Code.UNAVAILABLE, Code.DENIED, Code.ABORTED)


def stopped(mesh: Mesh, client: ClientClass, target: Target, account: str, sides: Sides) -> CallOutcome | None:
    """How calls without metadata end, where it is certain that some are stopped; None where none is.

    Args:
        mesh: the model.
        client: who calls.
        target: whom.
        account: the clients' service account, which policies ask for.
        sides: what the servers are, and whether they enforce policies.
    """
    asked = ClientCall(Call(), client.namespace, account, "", f"{target.host}:{target.port}")
    found = ends(mesh, client, target, asked, sides)
    if not any(end.code in _STOPS for end in found):
        return None
    return outcome(tuple(end for end in found if end.code is not Code.UNKNOWN), asked.call)
