"""What is said of a pod's application: by its own annotations, else by a policy, else by traces in its spec.

Called by ``decide``. A value that cannot be read counts as not said and leaves a remark, never an error.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from proxyless.errors import InputError
from proxyless.inject import evidence, keys
from proxyless.inject.asked import unclear_mark
from proxyless.inject.decision import Wish
from proxyless.inject.settings import Settings, WantedMode, WantedXds
from proxyless.inject.view import PodView
from proxyless.model.version import Framework, Language, Version, parse_language

T = TypeVar("T")

MOST_TARGETS = 1000
"""More is a slip of the pen."""


@dataclass(frozen=True, slots=True)
class Said:
    """The application as far as it is known. None: not known, which is never taken for a default."""

    framework: Framework | None
    framework_source: str
    language: Language | None
    version: Version | None
    targets: int | None
    """Distinct ``xds:///`` targets."""
    serves: bool
    """It also has an xDS server."""
    xds: WantedXds
    mode: WantedMode
    remarks: tuple[str, ...]

    @property
    def library(self) -> str:
        """The gRPC library in words."""
        if self.language is None:
            return "a library that is not known"
        return f"gRPC {self.language.title} {self.version or '(version not known)'}"


def said(view: PodView, settings: Settings, wish: Wish | None) -> Said:
    """Reads the annotations, then the policy, then traces."""
    remarks: list[str] = []
    read, labeled = _Reader(view.annotations, remarks), _Reader(view.labels, remarks)
    wish = wish or Wish()
    framework, source = _framework(view, read, wish)
    language, version = _library(read, wish)
    targets = read(keys.TARGETS, _count)
    if targets is None:
        targets = wish.targets
    if targets is None:
        targets = evidence.targets(view.apps) or None
    if unclear := unclear_mark(view):
        remarks.append(unclear)
    return Said(
        framework,
        source,
        language,
        version,
        targets,
        bool(read(keys.SERVER, _flag) if keys.SERVER in view.annotations else labeled(keys.SERVER, _flag)),
        read(keys.XDS, _xds) or wish.xds or settings.xds,
        read(keys.MODE, _mode) or settings.mode,
        tuple(remarks),
    )


def _framework(view: PodView, read: "_Reader", wish: Wish) -> tuple[Framework | None, str]:
    here = read(keys.FRAMEWORK, _framework_name)
    if here is None and keys.FRAMEWORK not in view.annotations:
        here = _Reader(view.labels, read.remarks)(keys.FRAMEWORK, _framework_name)
    if here is not None:
        return here, f"{keys.FRAMEWORK} says so"
    if wish.framework is not None:
        return wish.framework, f"{wish.source} says so"
    return evidence.framework(view.apps) or (None, "")


def _library(read: "_Reader", wish: Wish) -> tuple[Language | None, Version | None]:
    """Language and version. The policy's version counts only for the policy's language."""
    language = read(keys.LANGUAGE, parse_language)
    version = read(keys.GRPC_VERSION, Version.parse)
    if language is None:
        language = wish.language
    if version is None and language is wish.language:
        version = wish.version
    if version is not None and language is None:
        read.remarks.append(f"{keys.GRPC_VERSION} says nothing without {keys.LANGUAGE}: each language has its own")
        version = None
    return language, version


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads one annotation at a time; what it cannot read becomes a remark."""

    texts: Mapping[str, str]
    remarks: list[str]

    def __call__(self, key: str, parse: Callable[[str], T]) -> T | None:
        text = self.texts.get(key)
        if text is None or not text.strip():
            return None
        try:
            return parse(text.strip())
        except InputError as error:
            self.remarks.append(f"{key}: {error}"[:240])
            return None


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) <= MOST_TARGETS):
        raise InputError(f"{text[:40]!r} is no number of targets; write for example 3")
    return int(text)


def _flag(text: str) -> bool:
    if text not in ("true", "false"):
        raise InputError(f"{text[:40]!r} is neither true nor false")
    return text == "true"


def _framework_name(text: str) -> Framework:
    try:
        return Framework(text.lower())
    except ValueError:
        known = ", ".join(item.value for item in Framework)
        raise InputError(f"{text[:40]!r} is no framework known here; one of {known}") from None


def _xds(text: str) -> WantedXds:
    if text not in _WAYS:
        raise InputError(f"{text[:40]!r} is no way to reach xDS; one of {', '.join(_WAYS)}")
    return _WAYS[text]


def _mode(text: str) -> WantedMode:
    if text not in _MODES:
        raise InputError(f"{text[:40]!r} is no mode; one of {', '.join(_MODES)}")
    return _MODES[text]


_WAYS: dict[str, WantedXds] = {"auto": "auto", "agent": "agent", "direct": "direct"}
_MODES: dict[str, WantedMode] = {"auto": "auto", "own": "own", "delegate": "delegate"}
