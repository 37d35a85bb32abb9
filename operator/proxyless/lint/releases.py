"""Words for which releases of libraries support something, from the feature table. For rules; creates no findings."""

from collections.abc import Iterable

from proxyless.lint.world import World
from proxyless.matrix.query import Matrix
from proxyless.model.client import Language
from proxyless.model.version import Version

_PACKAGES = {
    Language.GO: "grpc-go",
    Language.CPP: "C++",
    Language.PYTHON: "Python",
    Language.JAVA: "grpc-java",
    Language.NODE: "grpc-js-xds",
}
"""Libraries that people upgrade, in the order in which they are named; Ruby and PHP go with C++ and Python."""
_OTHERS = (Language.RUBY, Language.PHP)


def first_with(world: World, feature: str) -> str:
    """First releases that have a feature, ``grpc-go 1.56, C++ or Python 1.56, grpc-java 1.53``."""
    since = _since(world.matrix, feature, _PACKAGES)
    names: dict[tuple[str, Version], list[str]] = {}
    for language, package in _PACKAGES.items():
        first = since[language]
        if first is not None:
            key = package if not language.c_core else ""
            names.setdefault((key, first), []).append(package)
    return ", ".join(f"{' or '.join(found)} {first.major}.{first.minor}" for (_, first), found in names.items())


def without(world: World, feature: str) -> str:
    """Libraries that lack a feature, ``C++, Python or Node, or Go or Java below 1.73``."""
    since = _since(world.matrix, feature, (*_PACKAGES, *_OTHERS))
    ordered = [language for language in Language if language in since]
    below: dict[Version, list[str]] = {}
    for language in ordered:
        first = since[language]
        if first is not None and _was_without(world.matrix, language, first):
            below.setdefault(first, []).append(language.title)
    never = [language.title for language in ordered if not world.matrix.support(feature, language).spans]
    return ", or ".join([_either(never), *(f"{_either(names)} below {first}" for first, names in below.items())])


def _since(matrix: Matrix, feature: str, languages: Iterable[Language]) -> dict[Language, Version | None]:
    return {language: matrix.support(feature, language).since for language in languages}


def _was_without(matrix: Matrix, language: Language, first: Version) -> bool:
    """Whether an older release speaks to istiod at all."""
    xds = matrix.language(language).xds
    return xds is None or xds < first


def _either(names: list[str]) -> str:
    return " or ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))
