"""The table of kinds is what everything that knows kinds is made from; a kind that is added reaches all of them."""

import pytest

from generate import manifests
from generate.files import BASE
from proxyless.adapters.listing import kinds_for
from proxyless.lint.rules import ALL
from proxyless.model.kinds import KINDS, UNWATCHED, WATCHED, Kind


def test_what_rules_read_is_watched_and_nothing_else() -> None:
    assert kinds_for(ALL) == WATCHED


def test_what_commands_list_alone_is_read_by_a_rule_or_holds_pods() -> None:
    assert set(UNWATCHED) <= {kind for rule in ALL for kind in (*rule.kinds, *rule.reads)}


@pytest.mark.parametrize(
    ("kind", "files"),
    [
        (Kind("mesh.example", "v1", "things"), {"reader-rbac.yaml"}),
        (Kind("mesh.example", "v1", "things", conditions=True), {"reader-rbac.yaml", "operator-rbac.yaml"}),
        (Kind("mesh.example", "v1", "things", watched=False, validated=True), {"validator.yaml"}),
        (Kind("mesh.example", "v1", "things", watched=False, validated=True, namespaced=False), {"validator.yaml"}),
    ],
    ids=["watched", "with conditions", "validated", "validated, cluster-wide"],
)
def test_a_kind_in_the_table_without_its_rights_is_told(
    kind: Kind, files: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """``make generate --check`` and the test of generated files compare exactly this."""
    monkeypatch.setitem(KINDS, "Thing", kind)
    monkeypatch.setattr(manifests, "WATCHED", tuple(name for name, known in KINDS.items() if known.watched))
    texts = {name: (BASE / name).read_text() for name in manifests.FILES}
    assert {name for name, text in texts.items() if manifests.file(name, text) != text} == files
    assert all("things" in manifests.file(name, texts[name]) for name in files)
