"""What a refusal of the API server means: the right that is missing as a line of YAML, else its own words. Pure.

Called by ``cluster`` and ``forward``.
"""

import json
from http import HTTPStatus

from proxyless.errors import ClusterError


def reason(error: Exception) -> str:
    """The innermost cause in few words, without object addresses."""
    cause: BaseException = getattr(error, "reason", None) or error
    return str(cause).rpartition(": ")[2] or type(cause).__name__


def refused(method: str, path: str, status: int, body: bytes) -> ClusterError:
    """The error for an answer of 400 or more.

    Args:
        method: of the request.
        path: of the request, without its query.
        status: of the answer.
        body: a ``Status`` as JSON, or any text.
    """
    try:
        message = str(json.loads(body).get("message", ""))
    except (ValueError, AttributeError):
        message = body.decode(errors="replace")[:200]
    if status == HTTPStatus.FORBIDDEN:
        message += f". Add to the ClusterRole or Role: {rbac_line(method, path)}"
    elif status == HTTPStatus.UNAUTHORIZED:
        message = "the API server does not accept these credentials (401). Renew the token or the kubeconfig"
    return ClusterError(message or f"HTTP status {status}", status=status)


def rbac_line(method: str, path: str) -> str:
    """The rule that a refused request needs, as one line of YAML; read verbs come with ``list`` and ``watch``."""
    parts = path.strip("/").split("/")
    if parts[0] not in ("api", "apis") or len(parts) < 2:  # noqa: PLR2004  a path of no resource, such as /metrics
        return f'{{nonResourceURLs: ["{path}"], verbs: [{method.lower()}]}}'
    group, rest = ("", parts[2:]) if parts[0] == "api" else (parts[1], parts[3:])
    if len(rest) > 2 and rest[0] == "namespaces":  # noqa: PLR2004  namespaces/NAME/PLURAL
        rest = rest[2:]
    resource = "/".join((rest[0], *rest[2:3])) if rest else path
    single = len(rest) > 1
    verbs = {
        "GET": "get" if single else "list, watch",
        "PATCH": "patch",
        "PUT": "update",
        "POST": "create",
        "CONNECT": "get, create",  # a websocket is opened by GET, and from Kubernetes 1.35 on needs what it does, too
    }
    return f'{{apiGroups: ["{group}"], resources: ["{resource}"], verbs: [{verbs.get(method, method.lower())}]}}'
