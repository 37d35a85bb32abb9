"""What makes two findings of two runs the same one, whatever moved in the file between them.

Called by the formats that services compare runs by (SARIF, GitLab, JSON), by baselines and by ``--diff-base``. Pure. The recipe
may only change with ``VERSION``, or every baseline that users keep would become void.
"""

from collections import Counter
from collections.abc import Iterable

from proxyless.model.finding import Finding

VERSION = 1


def fingerprint(finding: Finding) -> str:
    """32 hexadecimal digits for rule, object, field and value. No file, no line and no index of a list item counts, nor does
    a value that is no plain one: such a change elsewhere in the object makes no new finding.
    """
    from hashlib import sha256  # noqa: PLC0415  clean runs do without

    keys = [step for step in finding.path if isinstance(step, str)]
    value = "" if finding.value.startswith(("{", "[")) else finding.value
    text = "\0".join((str(VERSION), finding.code, *finding.ref, *keys, "", value))
    return sha256(text.encode("utf-8", "backslashreplace")).hexdigest()[:32]


def numbered(findings: Iterable[Finding]) -> list[tuple[Finding, str]]:
    """Each finding with a fingerprint that no other one of this run has: the second with the same gets ``-2``."""
    seen: Counter[str] = Counter()
    found = []
    for finding in findings:
        base = fingerprint(finding)
        seen[base] += 1
        found.append((finding, base if seen[base] == 1 else f"{base}-{seen[base]}"))
    return found
