"""Pieces of CEL text that the statements of rules are put together from. Knows the language, and nothing of rules.

Whatever may be absent is read by an optional step (``.?spec``), so that an expression never fails on an object that the
API server accepts. Source: the CEL environment of k8s.io/apiserver, with two-variable comprehensions (Kubernetes 1.33).
"""

import json

from proxyless.model.path import FieldPath, show

LONGEST_VALUE = 80
"""Characters of an offending value that are shown, as ``lint.engine`` shows them."""


def text(value: str) -> str:
    """A string literal."""
    return json.dumps(value, ensure_ascii=False)


def at(holder: str, *steps: str) -> str:
    """A field that may be absent, as an optional value."""
    return holder + "".join(f".?{step}" if step.isidentifier() else f"[?{text(step)}]" for step in steps)


def string(holder: str, *steps: str) -> str:
    """A text that may be absent: then empty."""
    return f'{at(holder, *steps)}.orValue("")'


def items(holder: str, *steps: str) -> str:
    """A list that may be absent: then empty."""
    return f"{at(holder, *steps)}.orValue([])"


def fields(holder: str, *steps: str) -> str:
    """A mapping that may be absent: then empty."""
    return f"{at(holder, *steps)}.orValue({{}})"


def path(*steps: str | int) -> str:
    """The text of a field path; a step that begins with ``$`` is a CEL variable that holds an index."""
    found: list[str] = []
    plain: list[str | int] = []
    for step in steps:
        if isinstance(step, str) and step.startswith("$"):
            found.append(text(_joined(tuple(plain), first=not found) + "["))
            found.append(f"string({step[1:]})")
            plain = []
            found.append('"]"')
        else:
            plain.append(step)
    if plain:
        found.append(text(_joined(tuple(plain), first=not found)))
    return " + ".join(found).replace('"]" + "', '"]')


def _joined(steps: FieldPath, *, first: bool) -> str:
    shown = show(steps)
    return shown if first or not shown or shown.startswith("[") else f".{shown}"


def shown(value: str) -> str:
    """A text as messages show it: cut where it is long."""
    return f'({value}.size() > {LONGEST_VALUE} ? {value}.substring(0, {LONGEST_VALUE - 1}) + "…" : {value}.trim())'


def place(where: str, value: str, says: str, *, remedy: str = "", is_text: bool = False) -> str:
    """One place where a rule fires, as a map: path, value, what to say and what to do; all arguments are CEL.

    ``is_text``: the value is a text, which the message shows; others are only compared with those of the object before.
    """
    seen = shown(value) if is_text else '""'
    return (
        f'{{"path": dyn({where}), "value": dyn({value}), "shown": dyn({seen}), "says": dyn({says}), '
        f'"remedy": dyn({remedy or _NONE})}}'
    )


_NONE = '""'
