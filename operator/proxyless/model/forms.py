"""Validates texts before they may reach a pod: quantities, images, names, addresses. Pure.

One statement for both ends: ``model.crd`` makes CEL rules of it, so that the API server refuses a wrong value at apply, and
whoever reads a value from elsewhere (annotations, Istio's own ConfigMaps, objects stored before the rule) asks
:meth:`Form.wrong`. Patterns are in the common part of RE2 (the API server) and Python's ``re``.
Source: ``pkg/apis/core/validation`` and ``apimachinery/pkg/util/validation`` of Kubernetes 1.36; held by
``tests/inject/test_never_refused.py`` against a real API server.
"""

import re
from decimal import Decimal

from proxyless.model.pattern import pattern
from proxyless.model.record import NamedTuple


class Form(NamedTuple):
    """One kind of text."""

    pattern: str
    """Anchored regular expression."""
    message: str
    """What the text must be, for people."""
    longest: int
    """Most characters."""
    shortest: int = 1

    def fits(self, text: object) -> bool:
        """Whether a value has this form; what is no text never has."""
        return (
            isinstance(text, str)
            and self.shortest <= len(text) <= self.longest
            and re.search(self.pattern.removesuffix("$") + r"\Z", text, re.ASCII) is not None
        )

    def wrong(self, text: object) -> str:
        """Why a value does not have this form, empty where it has."""
        return "" if self.fits(text) else f"{text!r:.60} {self.message}"


_LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?"

QUANTITY = Form(
    r"^[+]?([0-9]{1,15}([.][0-9]{0,9})?|[.][0-9]{1,9})(n|u|m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei|[eE][+-]?[0-9]{1,2})?$",
    "must be a quantity that is not negative, such as 100m, 2 or 128Mi",
    63,
)
IMAGE = Form(
    r"^[a-zA-Z0-9]([a-zA-Z0-9._-]*[a-zA-Z0-9])?(:[0-9]{1,5})?(/[a-z0-9]([a-z0-9._-]*[a-z0-9])?)*"
    r"(:[a-zA-Z0-9_][a-zA-Z0-9_.-]{0,127})?(@[a-z0-9]+:[a-f0-9]{32,128})?$",
    "must be an image reference without blanks, such as registry.example.com/istio/proxyv2:1.31.0",
    512,
)
ADDRESS = Form(
    r"^([a-zA-Z0-9]([a-zA-Z0-9._-]*[a-zA-Z0-9])?|\[[0-9a-fA-F:.]+\]):[1-9][0-9]{0,4}$",
    "must be host:port, such as istiod.istio-system.svc:15012",
    512,
)
LABEL_VALUE = Form(
    r"^([a-zA-Z0-9]([a-zA-Z0-9._-]*[a-zA-Z0-9])?)?$",
    "must be a label value: at most 63 letters, digits, '-', '_' or '.', the first and last a letter or digit",
    63,
    0,
)
LABEL_KEY = Form(
    r"^([a-z0-9]([-a-z0-9.]*[a-z0-9])?/)?[a-zA-Z0-9]([a-zA-Z0-9._-]{0,61}[a-zA-Z0-9])?$",
    "must be a label's key, such as app or app.kubernetes.io/name",
    317,
)
DNS_LABEL = Form(
    f"^{_LABEL}$", "must be a name of at most 63 lower-case letters, digits and '-', such as istio-system", 63
)
DOMAIN = Form(
    rf"^{_LABEL}([.]{_LABEL})*$",
    "must be a domain of lower-case letters, digits, '-' and '.', such as cluster.local",
    253,
)
ID = Form(
    r"^[a-zA-Z0-9]([a-zA-Z0-9._:/-]*[a-zA-Z0-9])?$",
    "must consist of letters, digits, '-', '_', '.', ':' or '/', the first and last a letter or digit",
    253,
)
ENVIRONMENT_NAME = Form(
    r"^[!-<>-~]+$", "must be the name of an environment variable: printable ASCII without blanks and '='", 255
)

RESOURCES = ("cpu", "memory", "ephemeral-storage")
"""Resources that an agent may be given; others need a node that has them, or a limit of the same size."""

_SCALE = {"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
_POWER = {"Ki": 10, "Mi": 20, "Gi": 30, "Ti": 40, "Pi": 50, "Ei": 60}
_AMOUNT = pattern(r"[+]?([0-9.]+)(.*)\Z", re.DOTALL)


def amount(quantity: str) -> Decimal:
    """The number that a quantity means: ``100m`` is 0.1, ``1Ki`` is 1024. The text must have the form :data:`QUANTITY`."""
    match = _AMOUNT.match(quantity)
    if match is None:
        raise ValueError(QUANTITY.wrong(quantity))
    number, unit = Decimal(match[1]), match[2]
    if unit in _POWER:
        return number * Decimal(2 ** _POWER[unit])
    return number.scaleb(_SCALE[unit] if unit in _SCALE else int(unit[1:]))


def wrong_resources(resources: object) -> str:
    """Why the API server would refuse a container's ``resources`` of an agent, empty where it would not."""
    if not isinstance(resources, dict):
        return "must have requests and limits"
    found: dict[str, dict[str, str]] = {}
    for side, values in resources.items():
        if side not in ("requests", "limits") or not isinstance(values, dict):
            return f"{side}: must be requests or limits, each a map such as cpu: 100m"
        for name, value in values.items():
            if name not in RESOURCES:
                return f"{side}.{name}: must be one of {', '.join(RESOURCES)}"
            if reason := QUANTITY.wrong(value):
                return f"{side}.{name}: {reason}"
        found[side] = values
    for name, value in found.get("requests", {}).items():
        limit = found.get("limits", {}).get(name)
        if limit is not None and amount(value) > amount(limit):
            return f"requests.{name}: {value} must not be more than limits.{name}, which is {limit}"
    return ""
