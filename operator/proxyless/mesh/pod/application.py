"""What is known of a pod's application (framework, language, version, targets): from annotations, else a policy, else traces in its spec.

Asked by ``decide`` and, for workloads, by ``lint``. A value that cannot be read counts as not said and leaves a remark, never
an error. Each answer comes with the place that said it.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Literal, TypeVar

from proxyless.errors import InputError
from proxyless.mesh.pod import framework as frameworks
from proxyless.mesh.pod import keys, targets
from proxyless.mesh.pod.opt_in_marks import unclear_mark
from proxyless.mesh.pod.pod import Pod, text_of
from proxyless.mesh.pod.proxy_config import HOLD, proxy_config
from proxyless.mesh.pod.settings import Injectors, WantedMode, WantedXds
from proxyless.mesh.pod.source import Source
from proxyless.mesh.pod.surroundings import NO_WISH, Wish
from proxyless.model.client import Framework, Language, parse_language
from proxyless.model.record import NamedTuple
from proxyless.model.version import Version

T = TypeVar("T")

MOST_TARGETS = 1000
"""More is a slip of the pen."""

_ANNOTATIONS = (
    keys.FRAMEWORK, keys.LANGUAGE, keys.GRPC_VERSION, keys.TARGETS, keys.SERVER, keys.XDS, keys.MODE, keys.PROXY_CONFIG, keys.INJECT,
)  # fmt: skip
"""Annotations that are read here."""
_LABELS = (keys.FRAMEWORK, keys.SERVER, keys.INJECT)
"""Labels that are read here."""
ApplicationFact = Literal["framework", "language", "version", "targets", "serves", "xds", "mode", "hold"]
"""Names of the answers, as ``Application.sources`` has them."""


class Application(NamedTuple):
    """The application as far as it is known. None: not known, which is never taken for a default."""

    framework: Framework | None
    language: Language | None
    version: Version | None
    targets: int | None
    """Distinct ``xds:///`` targets."""
    serves: bool | None
    """Whether it also has an xDS server."""
    xds: WantedXds
    mode: WantedMode
    hold: bool | None
    """Whether it waits for the agent, by the pod's own word."""
    remarks: tuple[str, ...]
    """What its author wrote that cannot be read, in words."""
    pod: Pod
    wish: Wish

    @property
    def sources(self) -> Mapping[ApplicationFact, Source]:
        """Who said which of them; what nobody said is left out. Read again when it is asked for, which is seldom."""
        found: dict[ApplicationFact, Source] = {}
        _read(self.pod, Injectors(), self.wish, found)
        return found

    @property
    def library(self) -> str:
        """The gRPC library in words."""
        if self.language is None:
            return "a library that is not known"
        return f"gRPC {self.language.title} {self.version or '(version not known)'}"


def application_of(pod: Pod, settings: Injectors, wish: Wish | None = None) -> Application:
    """Reads the annotations, then the policy, then traces."""
    said = _said(pod) if targets.is_silent(pod) else None
    if said is None:
        return _read(pod, settings, wish or NO_WISH, None)
    alike = _of_marks(said, settings, wish or NO_WISH)
    return tuple.__new__(Application, (*alike[:-2], pod, alike.wish))


def _said(pod: Pod) -> tuple[str | None, ...] | None:
    """All marks of a pod that say something of its application; None where one of them is no text."""
    found: list[str | None] = []
    for holder, named in ((pod.annotations, _ANNOTATIONS), (pod.labels, _LABELS)):
        for key in named:
            value = holder.get(key)
            if type(value) is not str and (value is not None or key in holder):
                return None
            found.append(value)
    return tuple(found)


@lru_cache(maxsize=1024)
def _of_marks(said: tuple[str | None, ...], settings: Injectors, wish: Wish) -> Application:
    """The application of pods that are alike in all that they say of it and show no traces: most of a mesh are a few kinds."""
    annotations = {key: value for key, value in zip(_ANNOTATIONS, said, strict=False) if value is not None}
    labels = {key: value for key, value in zip(_LABELS, said[len(_ANNOTATIONS) :], strict=True) if value is not None}
    return _read(Pod({"metadata": {"annotations": annotations, "labels": labels}}), settings, wish, None)


def _read(pod: Pod, settings: Injectors, wish: Wish, sources: dict[ApplicationFact, Source] | None) -> Application:
    """The application; ``sources`` is filled where it is given."""
    read = _Reader(pod, wish, [], sources)
    framework = read.either("framework", keys.FRAMEWORK, _framework_name)
    if framework is None:
        framework = read.of_policy("framework", wish.framework) or _traced(pod, sources)
    language, version = _library(read, framework)
    number = read("targets", keys.TARGETS, _count)
    if number is None:
        number = read.of_policy("targets", wish.targets)
    if number is None:
        number = _counted(pod, sources)
    hold = proxy_config(pod).hold
    if hold is not None and sources is not None:
        sources["hold"] = pod.at("annotations", keys.PROXY_CONFIG, f"{keys.PROXY_CONFIG} says {HOLD}")
    serves = read.either("serves", keys.SERVER, _flag)
    xds = read("xds", keys.XDS, _xds) or read.of_policy("xds", wish.xds) or settings.xds
    mode = read("mode", keys.MODE, _mode) or settings.mode
    if unclear := unclear_mark(pod):
        read.remarks.append(unclear)
    return Application(framework, language, version, number, serves, xds, mode, hold, tuple(read.remarks), pod, wish)


def _traced(pod: Pod, sources: dict[ApplicationFact, Source] | None) -> Framework | None:
    found = frameworks.trace(pod)
    if found is not None and sources is not None:
        sources["framework"] = found.source
    return None if found is None else found.framework


def _library(read: "_Reader", framework: Framework | None) -> tuple[Language | None, Version | None]:
    """Language and version. The policy's version counts only for the policy's language."""
    language = read("language", keys.LANGUAGE, parse_language)
    version = read("version", keys.GRPC_VERSION, Version.parse)
    if language is None:
        language = read.of_policy("language", read.wish.language)
    if framework is Framework.KITEX:
        language = Language.GO  # Kitex exists in Go alone
    if version is None and (language is read.wish.language or framework is Framework.KITEX):
        version = read.of_policy("version", read.wish.version)
    if version is not None and language is None:
        read.remarks.append(f"{keys.GRPC_VERSION} says nothing without {keys.LANGUAGE}: each language has its own")
        version = None
    return language, version


def _counted(pod: Pod, sources: dict[ApplicationFact, Source] | None) -> int | None:
    """Targets that the spec names; None: it names none, so that the number is not known."""
    number = targets.count(pod)
    if number and sources is not None:
        sources["targets"] = Source("pod", next(iter(targets.paths(pod).values())))
    return number or None


class _Reader(NamedTuple):
    """Reads one annotation at a time; what it cannot read becomes a remark."""

    pod: Pod
    wish: Wish
    remarks: list[str]
    sources: dict[ApplicationFact, Source] | None

    def __call__(
        self,
        answer: ApplicationFact,
        key: str,
        parse: Callable[[str], T],
        holder: Literal["annotations", "labels"] = "annotations",
    ) -> T | None:
        written = (self.pod.annotations if holder == "annotations" else self.pod.labels).get(key)
        if written is None:
            return None
        text = text_of(written)
        if text is None or not text.strip():
            return None
        try:
            value = parse(text.strip())
        except InputError as error:
            self.remarks.append(f"{key}: {error}"[:240])
            return None
        if self.sources is not None:
            self.sources[answer] = self.pod.at(holder, key, f"{key} says so")
        return value

    def of_policy(self, answer: ApplicationFact, value: T | None) -> T | None:
        """What the policy says."""
        if value is not None and self.sources is not None:
            self.sources[answer] = Source("policy", name=self.wish.source, words=f"{self.wish.source} says so")
        return value

    def either(self, answer: ApplicationFact, key: str, parse: Callable[[str], T]) -> T | None:
        """The annotation, or the label where there is no such annotation."""
        return self(answer, key, parse, "annotations" if key in self.pod.annotations else "labels")


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) <= MOST_TARGETS):
        raise InputError(f"{text[:40]!r} is not a number of targets; write for example 3")
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
        raise InputError(f"{text[:40]!r} is not a known framework; one of {known}") from None


def _xds(text: str) -> WantedXds:
    if text not in _WAYS:
        raise InputError(f"{text[:40]!r} is not a way to reach xDS; one of {', '.join(_WAYS)}")
    return _WAYS[text]


def _mode(text: str) -> WantedMode:
    if text not in _MODES:
        raise InputError(f"{text[:40]!r} is not a mode; one of {', '.join(_MODES)}")
    return _MODES[text]


_WAYS: dict[str, WantedXds] = {"auto": "auto", "agent": "agent", "direct": "direct"}
_MODES: dict[str, WantedMode] = {"auto": "auto", "own": "own", "delegate": "delegate"}
