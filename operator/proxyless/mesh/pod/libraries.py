"""What each gRPC library does with xDS streams and with a bootstrap that leads straight to istiod.

Data, measured on a real cluster with 1 to 10 targets (November 2026); versions between two measured ones count as the
older behaviour. ``way`` decides with it.
"""

from typing import NamedTuple

from proxyless.model.version import Language, Version


class Library(NamedTuple):
    """Behaviour of one language's gRPC library, by its version."""

    stream_per_target: Version | None
    """First version that opens one stream per target and one for its server; None: one stream per process, always."""
    direct: Version | None
    """First version that works with ``tls`` channel credentials in the bootstrap; None: none does."""
    failure: str
    """What happens with such a bootstrap below that version."""
    tried: bool = True
    """Whether this was measured, not inferred."""


_C_CORE_FAILURE = "the process aborts (or knows no tls credentials) at its first xds:/// channel"
_V = Version.parse

LIBRARIES: dict[Language, Library] = {
    Language.PYTHON: Library(_V("1.63.0"), _V("1.65.5"), _C_CORE_FAILURE),
    # The same C-core inside, not tried itself: good enough to refuse, not good enough to choose.
    Language.CPP: Library(_V("1.63.0"), _V("1.65.5"), _C_CORE_FAILURE, tried=False),
    Language.RUBY: Library(_V("1.63.0"), _V("1.65.5"), _C_CORE_FAILURE, tried=False),
    Language.PHP: Library(_V("1.63.0"), _V("1.65.5"), _C_CORE_FAILURE, tried=False),
    Language.GO: Library(_V("1.66.0"), _V("1.61.0"), "the library knows no tls credentials in a bootstrap"),
    Language.JAVA: Library(_V("1.67.1"), None, "the library ignores the certificate files: UNAVAILABLE"),
    Language.NODE: Library(None, None, "the library refuses the bootstrap: only google_default and insecure"),
}
