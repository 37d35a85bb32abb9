"""Agent or direct: every border of the measured table, and that no library gets a bootstrap that it fails on."""

import pytest

from proxyless.inject.settings import InjectionSettings
from proxyless.mesh.pod.application import application_of
from proxyless.mesh.pod.libraries import library_of
from proxyless.mesh.pod.pod import Pod
from proxyless.mesh.pod.surroundings import Wish
from proxyless.mesh.pod.xds_mode import Choice, choose
from proxyless.model.client import Language
from proxyless.model.version import Version


def _choose(**annotations: str | None) -> Choice:
    texts = {f"proxyless.dev/{key.replace('_', '-')}": value for key, value in annotations.items() if value is not None}
    pod = {"metadata": {"annotations": texts}, "spec": {"containers": [{"name": "cart"}]}}
    return choose(application_of(Pod(pod), InjectionSettings().injectors, None))


@pytest.mark.parametrize(
    ("language", "version", "xds", "warned"),
    [
        ("python", "1.54.3", "agent", False),
        ("python", "1.62.3", "agent", False),
        ("python", "1.63.2", "agent", True),
        ("python", "1.64.3", "agent", True),
        ("python", "1.65.5", "direct", False),
        ("python", "1.85.1", "direct", False),
        ("go", "1.63.3", "agent", False),
        ("go", "1.65.1", "agent", False),
        ("go", "1.66.0", "direct", False),
        ("go", "1.85.0", "direct", False),
        ("java", "1.66.0", "agent", False),
        ("java", "1.67.1", "agent", True),
        ("java", "1.85.1", "agent", True),
        ("node", "1.14.1", "agent", False),
        ("node", None, "agent", False),
        ("c++", "1.62.0", "agent", False),
        ("c++", "1.85.1", "agent", True),
        ("ruby", "1.64.0", "agent", True),
        ("rust", "0.1.0", "agent", True),
        ("go", None, "agent", True),
        (None, None, "agent", True),
    ],
)
def test_three_targets(language: str | None, version: str | None, xds: str, warned: bool) -> None:
    choice = _choose(language=language, grpc_version=version, targets="3")
    assert choice.xds == xds
    assert bool(choice.notes) is warned


@pytest.mark.parametrize(
    ("targets", "server", "xds"),
    [
        ("0", None, "agent"),
        ("1", None, "agent"),
        ("0", "true", "agent"),
        ("1", "true", "direct"),
        ("2", None, "direct"),
    ],
)
def test_what_counts_is_streams(targets: str, server: str | None, xds: str) -> None:
    assert _choose(language="go", grpc_version="1.77.0", targets=targets, server=server).xds == xds


def test_number_of_targets_not_known_stays_with_the_agent() -> None:
    assert _choose(language="go", grpc_version="1.77.0") == Choice(
        "agent", "number of xds:/// targets not known (proxyless.dev/targets)"
    )


@pytest.mark.parametrize("language", [language.value for language in Language])
@pytest.mark.parametrize("version", [None, "1.54.3", "1.60.9", "1.63.2", "1.64.3", "1.65.4", "1.65.5", "1.85.1"])
@pytest.mark.parametrize("asked", ["direct", "auto"])
@pytest.mark.parametrize("targets", [None, "5"])
def test_no_library_gets_a_bootstrap_that_it_is_known_to_fail_on(
    language: str, version: str | None, asked: str, targets: str | None
) -> None:
    choice = _choose(language=language, grpc_version=version, xds=asked, targets=targets)
    library = library_of(Language(language))
    if choice.xds == "direct" and library is not None:
        assert library.direct is not None
        assert version is None or Version.parse(version) >= library.direct
    if asked == "direct" and choice.xds == "agent":
        assert choice.notes
        assert library is not None
        assert library.failure in choice.notes[0]
    if choice.xds == "direct" and (version is None or library is None or not library.tried):
        assert asked == "direct"
        assert choice.notes


def test_agent_by_order_is_not_questioned() -> None:
    assert _choose(language="go", grpc_version="1.77.0", targets="5", xds="agent") == Choice("agent", "asked for")


def test_annotation_wins_over_policy_which_wins_over_traces() -> None:
    pod = {
        "metadata": {"annotations": {"proxyless.dev/targets": "1"}},
        "spec": {"containers": [{"name": "cart", "args": ["xds:///a:1", "xds:///b:1", "xds:///a:1"]}]},
    }
    wish = Wish(targets=7, language=Language.GO, version=Version.parse("1.77.0"), xds="direct")
    assert application_of(Pod(pod), InjectionSettings().injectors, wish).targets == 1
    assert application_of(Pod({"spec": pod["spec"]}), InjectionSettings().injectors, wish).targets == 7
    assert application_of(Pod({"spec": pod["spec"]}), InjectionSettings().injectors, None).targets == 2
    assert application_of(Pod(pod), InjectionSettings(xds="agent").injectors, wish).xds == "direct"
    assert application_of(Pod(pod), InjectionSettings(xds="agent").injectors, None).xds == "agent"


def test_a_policys_version_is_that_of_its_own_language() -> None:
    pod = {
        "metadata": {"annotations": {"proxyless.dev/language": "python"}},
        "spec": {"containers": [{"name": "cart"}]},
    }
    wish = Wish(language=Language.GO, version=Version.parse("1.77.0"))
    assert application_of(Pod(pod), InjectionSettings().injectors, wish).version is None
    assert (
        application_of(
            Pod(pod), InjectionSettings().injectors, Wish(language=Language.PYTHON, version=wish.version)
        ).version
        == wish.version
    )


def test_a_version_without_a_language_says_nothing() -> None:
    choice = _choose(grpc_version="1.77.0", targets="2")
    assert choice.xds == "agent"
