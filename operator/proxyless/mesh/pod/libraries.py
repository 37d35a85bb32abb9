"""How a gRPC library opens xDS streams and whether it can use a bootstrap that leads straight to istiod, from the feature table.

``xds_mode`` decides with it. Versions between two measured ones count as the older behaviour there.
"""

from functools import cache

from proxyless.matrix.query import load
from proxyless.model.client import Language
from proxyless.model.record import NamedTuple
from proxyless.model.version import Version


class LibraryBehaviour(NamedTuple):
    """Behaviour of one language's gRPC library, by its version."""

    stream_per_target: Version | None
    """First version that opens one stream per target and one for its server; None: one stream per process, always."""
    direct: Version | None
    """First version that works with ``tls`` channel credentials in the bootstrap; None: none does."""
    failure: str
    """What happens with such a bootstrap below that version."""
    tried: bool
    """Whether this was measured, not inferred: what was not is good enough to refuse, not good enough to choose."""


@cache
def library_of(language: Language) -> LibraryBehaviour | None:
    """What is known of a language's library; None where it has no xDS, or nothing is known of it."""
    table = load()
    first = table.language(language).xds
    if first is None:
        return None
    if language not in table.feature("proto.per_target_xds_client").support:
        return None
    direct = table.support("bootstrap.tls_channel_creds", language)
    text = table.support("bootstrap.tls_channel_creds", language, first).text.removesuffix(".")
    streams = table.support("proto.per_target_xds_client", language).since
    return LibraryBehaviour(streams, direct.since, text[:1].lower() + text[1:], direct.measured)
