"""The compiled part of ``yaml_rs``, without its Python front.

The front imports ``pathlib`` and with it ``urllib`` and ``ipaddress`` to read files, which nobody here lets it do: that took
as long as a tenth of judging one object. Called by ``load``.
"""

import sys
from collections.abc import Callable
from importlib.machinery import PathFinder
from importlib.util import module_from_spec
from typing import Any

_FRONT = "yaml_rs"
_COMPILED = f"{_FRONT}._yaml_rs"


def _loads() -> Callable[..., object]:
    """The function behind the front's ``loads``, which adds nothing but a check of the type."""
    module: Any = sys.modules.get(_COMPILED) or _alone()
    loads: Callable[..., object] | None = getattr(module, "_loads", None)
    if loads is not None:
        return loads
    import yaml_rs  # noqa: PLC0415  another layout of the package

    return yaml_rs.loads


def _alone() -> object:
    """The compiled module, known under its name so that the front would find it; None where it is not a module of its own."""
    front = PathFinder.find_spec(_FRONT)
    spec = PathFinder.find_spec(_COMPILED, front.submodule_search_locations) if front is not None else None
    if spec is None or spec.loader is None:
        return None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    sys.modules[_COMPILED] = module
    return module


_parse = _loads()


def parse(text: str) -> object:
    """The value of one document.

    Raises:
        ValueError: it is no YAML 1.2, or writes a key twice.
    """
    return _parse(text, parse_datetime=False, duplicate_key_policy="error")
