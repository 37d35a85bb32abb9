"""What is said of a pod's application: by its own annotations, else by a policy, else by traces in its spec.

Asked by ``decide`` and, for workloads, by ``lint``. A value that cannot be read counts as not said and leaves a remark, never
an error. Each answer comes with the place that said it.
"""

from collections.abc import Callable, Mapping
from typing import Literal, NamedTuple, TypeVar

from proxyless.errors import InputError
from proxyless.mesh.pod import framework as frameworks
from proxyless.mesh.pod import keys, targets
from proxyless.mesh.pod.around import NO_WISH, Wish
from proxyless.mesh.pod.pod import Pod
from proxyless.mesh.pod.proxy_config import HOLD, proxy_config
from proxyless.mesh.pod.settings import Injectors, WantedMode, WantedXds
from proxyless.mesh.pod.source import Source
from proxyless.model.resource import kept
from proxyless.model.version import Framework, Language, Version, parse_language

T = TypeVar("T")

MOST_TARGETS = 1000
"""More is a slip of the pen."""

Answer = Literal["framework", "language", "version", "targets", "serves", "xds", "mode", "hold"]
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
    sources: Mapping[Answer, Source]
    """Who said which of them; what nobody said is left out."""

    @property
    def library(self) -> str:
        """The gRPC library in words."""
        if self.language is None:
            return "a library that is not known"
        return f"gRPC {self.language.title} {self.version or '(version not known)'}"


def application_of(pod: Pod, settings: Injectors, wish: Wish | None = None) -> Application:
    """Reads the annotations, then the policy, then traces."""
    said, wish = _own(pod), wish or NO_WISH
    by_policy = Source("policy", name=wish.source, words=f"{wish.source} says so")
    remarks, sources = [*said.remarks], dict(said.sources)
    framework = said.framework
    if framework is None and wish.framework is not None:
        framework, sources["framework"] = wish.framework, by_policy
    elif framework is None and (found := frameworks.trace(pod)) is not None:
        framework, sources["framework"] = found
    language, version = _library(said, wish, framework, by_policy, sources, remarks)
    number = said.targets
    if number is None and wish.targets is not None:
        number, sources["targets"] = wish.targets, by_policy
    elif number is None and (counted := _counted(pod)) is not None:
        number, sources["targets"] = counted
    if said.xds is None and wish.xds is not None:
        sources["xds"] = by_policy
    if said.unclear:
        remarks.append(said.unclear)
    return Application(
        framework,
        language,
        version,
        number,
        said.serves,
        said.xds or wish.xds or settings.xds,
        said.mode or settings.mode,
        said.hold,
        tuple(remarks),
        sources,
    )


def _library(  # noqa: PLR0917  the parts of one answer
    said: "_Own",
    wish: Wish,
    framework: Framework | None,
    by_policy: Source,
    sources: dict[Answer, Source],
    remarks: list[str],
) -> tuple[Language | None, Version | None]:
    """Language and version. The policy's version counts only for the policy's language."""
    language, version = said.language, said.version
    if language is None and wish.language is not None:
        language, sources["language"] = wish.language, by_policy
    if framework is Framework.KITEX:
        language = Language.GO  # Kitex exists in Go alone
    if version is None and wish.version is not None and (language is wish.language or framework is Framework.KITEX):
        version, sources["version"] = wish.version, by_policy
    if version is not None and language is None:
        remarks.append(f"{keys.GRPC_VERSION} says nothing without {keys.LANGUAGE}: each language has its own")
        version = None
    return language, version


def unclear_mark(pod: Pod) -> str:
    """A remark on a mark of the pod that says neither yes nor no; empty where there is none."""
    said = pod.label(keys.INJECT) or pod.annotation(keys.INJECT) or "true"
    return "" if said in {"true", "false"} else f'{keys.INJECT}: "{said}" is neither "true" nor "false": it is ignored'


class _Own(NamedTuple):
    """What the pod's own annotations and labels say."""

    framework: Framework | None
    language: Language | None
    version: Version | None
    targets: int | None
    serves: bool | None
    xds: WantedXds | None
    mode: WantedMode | None
    hold: bool | None
    unclear: str
    remarks: tuple[str, ...]
    sources: dict[Answer, Source]


@kept
def _own(pod: Pod) -> _Own:
    read = _Reader(pod, [], {})
    hold = proxy_config(pod).hold
    if hold is not None:
        read.sources["hold"] = pod.at("annotations", keys.PROXY_CONFIG, f"{keys.PROXY_CONFIG} says {HOLD}")
    return _Own(
        read.either("framework", keys.FRAMEWORK, _framework_name),
        read("language", keys.LANGUAGE, parse_language),
        read("version", keys.GRPC_VERSION, Version.parse),
        read("targets", keys.TARGETS, _count),
        read.either("serves", keys.SERVER, _flag),
        read("xds", keys.XDS, _xds),
        read("mode", keys.MODE, _mode),
        hold,
        unclear_mark(pod),
        tuple(read.remarks),
        read.sources,
    )


@kept
def _counted(pod: Pod) -> tuple[int, Source] | None:
    """Targets that the spec names, and the first place of one; None: it names none, so that the number is not known."""
    number = targets.count(pod)
    return (number, Source("pod", next(iter(targets.paths(pod).values())))) if number else None


class _Reader(NamedTuple):
    """Reads one annotation at a time; what it cannot read becomes a remark."""

    pod: Pod
    remarks: list[str]
    sources: dict[Answer, Source]

    def __call__(
        self,
        answer: Answer,
        key: str,
        parse: Callable[[str], T],
        holder: Literal["annotations", "labels"] = "annotations",
    ) -> T | None:
        text = self.pod.annotation(key) if holder == "annotations" else self.pod.label(key)
        if text is None or not text.strip():
            return None
        try:
            value = parse(text.strip())
        except InputError as error:
            self.remarks.append(f"{key}: {error}"[:240])
            return None
        self.sources[answer] = self.pod.at(holder, key, f"{key} says so")
        return value

    def either(self, answer: Answer, key: str, parse: Callable[[str], T]) -> T | None:
        """The annotation, or the label where there is no such annotation."""
        return self(answer, key, parse, "annotations" if key in self.pod.annotations else "labels")


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
