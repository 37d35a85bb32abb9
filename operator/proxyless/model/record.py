"""``NamedTuple`` of the standard library, made in a fifth of the time. For all modules that declare values.

``typing.NamedTuple`` compiles the source of a constructor for each class that uses it, and a run of ``proxyless lint`` declares a
hundred of them: that was a quarter of the time of judging one object. Here constructors with equally many fields share their
compiled code, renamed. Type checkers see the original; a test compares both. Never used for anything but class statements.
"""

import sys
from collections.abc import Iterable
from functools import cache
from types import CodeType, FunctionType
from typing import TYPE_CHECKING

__all__ = ["NamedTuple"]

if TYPE_CHECKING or sys.version_info >= (3, 14):  # from 3.14 on annotations are not in the class's names
    from typing import NamedTuple
else:
    from _collections import _tuplegetter  # what collections.namedtuple makes its fields of

    _new = tuple.__new__
    _NAMES = {"_new": _new, "__builtins__": {}, "__name__": __name__}

    @cache
    def _code(fields: int) -> CodeType:
        """The code of a constructor for that many fields."""
        names = ", ".join(f"_{number}" for number in range(fields))
        inside = f"({names},)" if fields else "()"
        return eval(f"lambda _cls, {names}: _new(_cls, {inside})", {}).__code__  # noqa: S307  nothing of it comes from outside

    def _constructor(owner: str, module: str, fields: tuple[str, ...], defaults: tuple[object, ...]) -> FunctionType:
        code = _code(len(fields)).replace(co_varnames=("_cls", *fields), co_name="__new__")
        made = FunctionType(code, _NAMES, "__new__", defaults)
        made.__qualname__ = f"{owner}.__new__"
        made.__module__ = module
        return made

    class _Record(tuple):
        """What all of them share, as collections.namedtuple gives it to each."""

        __slots__ = ()

        @classmethod
        def _make(cls, values: Iterable[object]) -> "_Record":
            made = _new(cls, values)
            if len(made) != len(cls._fields):
                raise TypeError(f"Expected {len(cls._fields)} arguments, got {len(made)}")
            return made

        def _replace(self, /, **changed: object) -> "_Record":
            made = self._make(map(changed.pop, self._fields, self))
            if changed:
                raise ValueError(f"Got unexpected field names: {list(changed)!r}")
            return made

        __replace__ = _replace

        def _asdict(self) -> dict[str, object]:
            return dict(zip(self._fields, self, strict=True))

        def __getnewargs__(self) -> tuple[object, ...]:
            return tuple(self)

        def __repr__(self) -> str:
            inside = ", ".join(f"{name}={value!r}" for name, value in zip(self._fields, self, strict=True))
            return f"{type(self).__name__}({inside})"

    class _Maker(type):
        """Turns the statement of a class with annotated fields into the class of a tuple."""

        def __new__(cls, name: str, _: tuple[type, ...], body: dict[str, object]) -> type:
            fields = tuple(body.get("__annotations__", ()))
            defaults = {field: body[field] for field in fields if field in body}
            if tuple(defaults) != fields[len(fields) - len(defaults) :]:
                raise TypeError(f"fields of {name} without a default follow one with a default")
            body.update((field, _tuplegetter(number, None)) for number, field in enumerate(fields))
            body["__new__"] = _constructor(body["__qualname__"], body["__module__"], fields, tuple(defaults.values()))
            body["__slots__"] = ()
            body["__match_args__"] = body["_fields"] = fields
            body["_field_defaults"] = defaults
            return type(name, (_Record,), body)

    NamedTuple = type.__new__(_Maker, "NamedTuple", (), {})
