"""Who a client is: framework, language and the version of its library.

Used by the matrix, by ProxylessPolicy hints, by image and build information. No I/O, and no knowledge of what any
version can do: that is data (``matrix``).
"""

from collections.abc import Iterable
from enum import Enum
from typing import Final

from proxyless.errors import InputError
from proxyless.model.version import Version


class Framework(Enum):
    """What speaks xDS in the application."""

    __hash__ = object.__hash__
    """By identity: Enum's own is a function in Python, and rules ask hundreds of thousands of times."""

    GRPC = "grpc"
    DUBBO = "dubbo"
    KITEX = "kitex"


class Language(Enum):
    """Languages by the gRPC implementation that they use."""

    __hash__ = object.__hash__  # as Framework

    CPP = "cpp"
    PYTHON = "python"
    RUBY = "ruby"
    PHP = "php"
    GO = "go"
    JAVA = "java"
    NODE = "node"
    RUST = "rust"
    DOTNET = "dotnet"

    @property
    def c_core(self) -> bool:
        """Whether its gRPC library wraps C-core, which then decides what xDS features exist."""
        return self in C_CORE

    @property
    def title(self) -> str:
        """As people write it, ``C++``."""
        return _TITLES[self]


C_CORE = (Language.CPP, Language.PYTHON, Language.RUBY, Language.PHP)

_TITLES = {
    Language.CPP: "C++",
    Language.PYTHON: "Python",
    Language.RUBY: "Ruby",
    Language.PHP: "PHP",
    Language.GO: "Go",
    Language.JAVA: "Java",
    Language.NODE: "Node",
    Language.RUST: "Rust",
    Language.DOTNET: ".NET",
}

_SPELLINGS = {
    "c++": "cpp",
    "cxx": "cpp",
    "golang": "go",
    "py": "python",
    "nodejs": "node",
    "node.js": "node",
    "js": "node",
    "javascript": "node",
    "typescript": "node",
    "kotlin": "java",
    "c#": "dotnet",
    "csharp": "dotnet",
    ".net": "dotnet",
}


class Client:
    """Who reads the configuration. What is None is not known, never "any" and never a default.

    Args:
        framework: what speaks xDS in the application.
        language: of the library.
        version: of the framework's library in that language, e.g. grpc-go 1.66.3. It needs the language, since each
            numbers its library by itself.
    """

    __slots__ = ("_hash", "framework", "language", "version")

    def __init__(
        self, framework: Framework = Framework.GRPC, language: Language | None = None, version: Version | None = None
    ) -> None:
        if version is not None and language is None:
            raise InputError(
                f"version {version} of which {framework.value} library? Write the language too, go={version}"
            )
        self.framework: Final = framework
        self.language: Final = language
        self.version: Final = version
        self._hash: Final = hash((framework, language, version))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Client):
            return NotImplemented
        return (self.framework, self.language, self.version) == (other.framework, other.language, other.version)

    def __hash__(self) -> int:
        return self._hash

    def __repr__(self) -> str:
        return f"Client({str(self)!r})"

    def __reduce__(self) -> tuple[type["Client"], tuple[Framework, Language | None, Version | None]]:
        """Another process hashes otherwise, so copies are made anew."""
        return Client, (self.framework, self.language, self.version)

    def __str__(self) -> str:
        """As :func:`parse_client` reads it."""
        parts = [] if self.framework is Framework.GRPC and self.language is not None else [self.framework.value]
        if self.language is not None and self.framework is not Framework.KITEX:
            parts.append(self.language.value)
        return "-".join(parts) + (f"={self.version}" if self.version is not None else "")


def parse_language(text: str) -> Language:
    """A language by its name or a usual spelling of it.

    Raises:
        InputError: not a language that gRPC has a library for.
    """
    word = text.strip().lower()
    try:
        return Language(_SPELLINGS.get(word, word))
    except ValueError:
        raise InputError(f"{text!r} is not a known language; one of {_listed(Language)}") from None


def parse_client(text: str) -> Client:
    """``python=1.85.1``, ``go``, ``grpc``, ``grpc-go=1.66``, ``dubbo-java=3.2.0``, ``dubbo``, ``kitex=0.10.3``.

    Raises:
        InputError: an unknown framework, language or version, with the list of what is known.
    """
    name, equals, number = text.strip().partition("=")
    word, dash, rest = name.strip().lower().partition("-")
    frameworks = {item.value: item for item in Framework}
    framework = frameworks.get(word, Framework.GRPC)
    language: Language | None = None
    if word not in frameworks:
        language = parse_language(name)
    elif dash:
        language = parse_language(rest)
    elif framework is Framework.KITEX:
        language = Language.GO  # Kitex exists in Go alone
    if equals and not number.strip():
        raise InputError(f"{text!r} names no version after '='; write for example go=1.66.3")
    return Client(framework, language, Version.parse(number) if equals else None)


def _listed(members: Iterable[Enum]) -> str:
    return ", ".join(str(member.value) for member in members)
