"""What to do about a failed build, told from the compiler's output. Only `lab.build` calls it; it must stay pure."""

import re

_REMEDIES = (
    (
        r"no space left on device|disk quota exceeded",
        "the disk is full: free about 6 GB (`go clean -cache` empties Go's build cache) and run again; what is built stays",
    ),
    (
        r"signal: killed|cannot allocate memory|out of memory",
        "the compiler ran out of memory (it needs about 3 GB): close other programs, or set GOFLAGS=-p=1, and run again",
    ),
    (
        r"requires go >= |toolchain not available|unknown directive|download go1",
        "this Go is too old and may not fetch a newer one: install the version named above (https://go.dev/dl/)",
    ),
    (
        r"missing go\.sum entry|updates to go\.mod needed|checksum mismatch",
        "go.mod and go.sum under tests/lab/modules do not fit: restore both from git (`git checkout tests/lab/modules`)",
    ),
    (
        (
            r"dial tcp|no such host|connection refused|connection reset|i/o timeout|TLS handshake|deadline exceeded|"
            r"network is unreachable|server misbehaving|50[0234] |40[34] Forbidden|403 |410 Gone|404 Not Found|proxyconnect"
        ),
        (
            "the Go module proxy cannot be reached or refuses a module: check the network and `go env GOPROXY`, then run again; "
            "what is downloaded and built stays"
        ),
    ),
    (
        r"permission denied|read-only file system",
        "give yourself write access to that folder, or set XDG_CACHE_HOME and GOCACHE",
    ),
)


def remedy(output: str) -> str:
    """One sentence that fits the first cause recognized in the output."""
    for pattern, advice in _REMEDIES:
        if re.search(pattern, output, re.IGNORECASE):
            return advice
    return "run the command by hand to see all of its output; what is built so far stays"
