"""What a replica's watch does not show it, in words for ``/readyz``. Pure."""

from collections.abc import Mapping

from proxyless.model.kinds import KINDS

ABSENT = "is not installed"
"""How ``adapters.cluster`` says that a kind has no CRD."""
OURS = "proxyless.dev"
INSTALL = "Run: kubectl apply -k manifests/"
"""What to do where the CRDs of our own group are absent."""


def not_checked(missing: Mapping[str, str]) -> list[str]:
    """One sentence per group or reason, for the kinds that could not be read.

    Optional kinds without a CRD are not among them: the store holds them as complete.
    """
    absent: dict[str, list[str]] = {}
    others: dict[str, list[str]] = {}
    for kind, reason in missing.items():
        group = KINDS[kind].group
        if ABSENT in reason:
            absent.setdefault(group, []).append(kind)
        else:
            others.setdefault(reason, []).append(kind)
    return [
        *(f"{', '.join(kinds)} ({reason})" for reason, kinds in others.items()),
        *(
            f"{', '.join(kinds)} (no CRDs of {group} are installed{f'. {INSTALL}' if group == OURS else ''})"
            for group, kinds in absent.items()
        ),
    ]
