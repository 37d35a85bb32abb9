"""What a replica's watch does not show it, in words for ``/readyz``. Pure."""

from collections.abc import Mapping

from proxyless.model.resource import KINDS

ABSENT = "is not installed"
"""How ``adapters.cluster`` says that a kind has no CRD."""
OPTIONAL = ("gateway.networking.k8s.io", "gateway.networking.x-k8s.io")
"""Groups that a mesh does well without."""
YOUNG = ("TrafficExtension",)
"""Kinds that older releases of Istio do not have, of groups that they have."""
OURS = "proxyless.dev"
INSTALL = "Run: kubectl apply -k manifests/"
"""What to do where the CRDs of our own group are absent."""


def not_checked(missing: Mapping[str, str]) -> list[str]:
    """Sentences about kinds that could not be read; kinds of one group or reason stand together.

    A kind without a CRD is no trouble where a mesh does well without it.
    """
    absent: dict[str, list[str]] = {}
    others: dict[str, list[str]] = {}
    for kind, reason in missing.items():
        group = KINDS[kind][0]
        if ABSENT not in reason:
            others.setdefault(reason, []).append(kind)
        elif group not in OPTIONAL and kind not in YOUNG:
            absent.setdefault(group, []).append(kind)
    return [
        *(f"{', '.join(kinds)} ({reason})" for reason, kinds in others.items()),
        *(
            f"{', '.join(kinds)} (no CRDs of {group} are installed{f'. {INSTALL}' if group == OURS else ''})"
            for group, kinds in absent.items()
        ),
    ]
