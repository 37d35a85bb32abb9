"""Every golden case: the pod after the patch, the decision and the words."""

import copy

import pytest
import yaml

from inject.golden import CASES, INJECTED, UPDATE, Case, patched, said, stable
from proxyless.inject.pod import inject
from proxyless.mesh.pod.decide import decide_raw
from proxyless.mesh.pod.decision import Skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_case(case: Case) -> None:
    before = copy.deepcopy(case.pod)
    injection = case.run()
    assert case.pod == before
    skip, expected, words = (case.folder / name for name in ("skip.txt", "expected.yaml", "said.txt"))
    if isinstance(injection.decision, Skip):
        assert injection.operations == []
        if UPDATE:
            skip.write_text(said(injection))
            expected.unlink(missing_ok=True)
            words.unlink(missing_ok=True)
        assert said(injection) == skip.read_text()
        assert not expected.exists()
        return
    pod = stable(patched(case.pod, injection))
    if UPDATE:
        expected.write_text(yaml.safe_dump(pod, sort_keys=False, width=140, allow_unicode=True))
        words.write_text(said(injection))
        skip.unlink(missing_ok=True)
    assert pod == yaml.safe_load(expected.read_text())
    assert said(injection) == words.read_text()
    assert not skip.exists()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_decide_says_the_same_without_a_patch(case: Case) -> None:
    assert decide_raw(case.pod, case.namespace, case.settings.injectors, case.wish) == case.run().decision


@pytest.mark.parametrize("case", INJECTED, ids=lambda case: case.name)
def test_second_pass_changes_nothing(case: Case) -> None:
    again = inject(case.injected(), case.namespace, case.settings, case.wish)
    assert isinstance(again.decision, Skip)
    assert again.decision.reason.startswith("already injected")
    assert (again.operations, again.warnings) == ([], ())


@pytest.mark.parametrize("case", INJECTED, ids=lambda case: case.name)
def test_operations_hold_no_object_of_the_pod(case: Case) -> None:
    inside = {id(item) for item in containers_of(case.pod)}
    assert inside.isdisjoint(id(item) for item in containers_of(case.run().operations))


def containers_of(value: object) -> list[object]:
    """Every mapping and list inside a document: what could be changed by two owners."""
    inner = list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []
    found: list[object] = [value] if isinstance(value, dict | list) else []
    for item in inner:
        found += containers_of(item)
    return found


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_words_fit_admission_warnings(case: Case) -> None:
    for warning in case.run().warnings:
        assert len(warning) < 256, warning
        assert warning.isprintable(), warning


def test_every_case_has_its_files() -> None:
    for case in CASES:
        names = {path.name for path in case.folder.iterdir()}
        assert names <= {"pod.yaml", "settings.yaml", "expected.yaml", "said.txt", "skip.txt", "differs.txt"}
