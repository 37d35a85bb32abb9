"""Policy over mesh over default; an exact code over a prefix; the strictest of equals."""

import pytest

from proxyless.model.enforcement import Action, Enforced, Enforcement

D, W, A, OFF = Action.DENY, Action.WARN, Action.AUDIT, Action.OFF


def lines(**said: Action) -> tuple[Enforced, ...]:
    return tuple(Enforced(rule.replace("_", "*"), action) for rule, action in said.items())


@pytest.mark.parametrize(
    ("mesh", "namespace", "expected"),
    [
        ({}, {}, W),
        ({"PX502": D}, {}, D),
        ({"PX502": D}, {"PX_": OFF}, OFF),
        ({"PX5_": A, "PX_": D}, {}, A),
        ({"PX50_": A, "PX5_": D}, {}, A),
        ({"PX502": OFF, "PX50_": D}, {}, OFF),
        ({"PX501": D}, {}, W),
        ({"PX502": A}, {"PX501": D}, A),
    ],
)
def test_precedence(mesh: dict[str, Action], namespace: dict[str, Action], expected: Action) -> None:
    enforcement = Enforcement(lines(**mesh), {"shop": lines(**namespace)})
    assert enforcement.action("shop", "PX502") is expected


def test_the_strictest_of_contradicting_policies_counts() -> None:
    for order in ((W, D, OFF), (OFF, D, W), (D, OFF, W)):
        enforcement = Enforcement(namespaces={"shop": tuple(Enforced("PX5*", action) for action in order)})
        assert enforcement.action("shop", "PX502") is D


def test_strict_namespaces_deny_unless_told_otherwise() -> None:
    enforcement = Enforcement(lines(PX5_=W), strict=frozenset({"shop"}))
    assert enforcement.action("shop", "PX301") is D
    assert enforcement.action("shop", "PX502") is W
    assert enforcement.action("web", "PX301") is W
    assert enforcement.action("web", "PX301", strict=True) is D
    assert enforcement.action("shop", "PX301", strict=False) is W
    assert enforcement.configured("shop", "PX301") is None
