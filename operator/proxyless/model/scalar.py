"""Tells scalars of a manifest that stand for a value: digits in quotes, a template, an encrypted secret.

Read by ``mesh`` and ``lint``. People check in manifests that are rendered, substituted or decrypted later.
"""

from proxyless.model.pattern import pattern

_TEMPLATE = pattern(r"\{\{|\$\{|\$\(\w|<%|ENC\[")
_DIGITS = 18
"""More than any number of a manifest has; Python refuses to convert text of thousands."""


def whole(value: object) -> int | None:
    """The number that a value is, or writes in digits; None for everything else, a placeholder for example."""
    if isinstance(value, str):
        return int(value) if value.isascii() and value.isdigit() and len(value) <= _DIGITS else None
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def is_template(value: object) -> bool:
    """Whether the real value is not in the file: Helm, envsubst, Flux or a shell fill it in, or SOPS encrypted it.

    A list or mapping is one as soon as something right inside it is.
    """
    if isinstance(value, str):
        return _TEMPLATE.search(value) is not None
    if isinstance(value, list | dict):
        inner = value.values() if isinstance(value, dict) else value
        return any(isinstance(item, str) and _TEMPLATE.search(item) is not None for item in inner)
    return False
