"""PX301 as CEL: PERMISSIVE where no port level changes it for a port that serves."""

from proxyless.export.cel import fields, path, place, string, text
from proxyless.export.statement import Statement, StatementPart, nothing_known

_SAYS = "gRPC cannot do PERMISSIVE: proxyless servers speak plaintext only, and clients that use mTLS fail."


def _permissive(name: str) -> str:
    selects = f"{fields(name, 'spec', 'selector', 'matchLabels')}.size() > 0"
    levels = fields(name, "spec", "portLevelMtls")
    apart = f'{levels}.exists(port, {string(f"{levels}[port]", "mode")} in ["DISABLE", "PERMISSIVE", "STRICT"])'
    mode = string(name, "spec", "mtls", "mode")
    root = text(nothing_known().settings.root_namespace)
    found = place(path("spec", "mtls", "mode"), mode, text(_SAYS), is_text=True)
    return f'{mode} == "PERMISSIVE" && !({selects} && (request.namespace == {root} || {apart})) ? [[{found}]] : []'


ALL = (Statement("PX301", (StatementPart(("PeerAuthentication",), _permissive),)),)
