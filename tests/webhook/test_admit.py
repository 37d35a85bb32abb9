"""What admission makes of findings: what it denies, what it lets pass with a warning, and who may excuse. No server."""

from dataclasses import replace
from typing import Any

import pytest

from proxyless.adapters import policies
from proxyless.lint.select import Selection
from proxyless.model.resource import resource
from proxyless.model.snapshot import Snapshot
from proxyless.webhook.admit import validate
from proxyless.webhook.context import Context, ContextCache
from proxyless.webhook.review import AdmissionResponse, Review

SECURITY, NETWORKING, OURS = "security.istio.io/v1", "networking.istio.io/v1", "proxyless.dev/v1alpha1"


def body(api: str, kind: str, name: str, spec: Any, namespace: str = "shop", **metadata: Any) -> dict[str, Any]:
    place = {"namespace": namespace} if namespace else {}
    return {"apiVersion": api, "kind": kind, "metadata": {"name": name, **place, **metadata}, "spec": spec}


def context(*objects: dict[str, Any]) -> Context:
    strict = {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {"name": "shop", "labels": {"proxyless.dev/enforcement": "strict"}},
    }
    found = [item for item in map(resource, (strict, *objects)) if item is not None]
    snapshot = Snapshot(found)
    return ContextCache(lambda: snapshot)()


def asked(
    new: dict[str, Any], old: dict[str, Any] | None = None, known: Context | None = None, *, strict: bool = True
) -> AdmissionResponse:
    group, _, version = new["apiVersion"].rpartition("/")
    review = Review(
        "u",
        "UPDATE" if old else "CREATE",
        group,
        version,
        new["kind"].lower() + "s",
        "shop",
        "x",
        "",
        new,
        old,
        dry_run=False,
    )
    return validate(review, known or context(), strict=strict).answer


def permissive(**metadata: Any) -> dict[str, Any]:
    return body(SECURITY, "PeerAuthentication", "pa", {"mtls": {"mode": "PERMISSIVE"}}, **metadata)


def routes(*fields: dict[str, Any], timeout: str = "1s") -> dict[str, Any]:
    http = [{"route": [{"destination": {"host": "a"}}], "timeout": timeout, **field} for field in fields]
    return body(NETWORKING, "VirtualService", "vs", {"hosts": ["a"], "http": http})


REDIRECT = {"redirect": {"uri": "/x"}}
PX301 = "PX301=the migration ends in March"


def test_a_create_is_denied() -> None:
    assert not asked(permissive()).allowed


def test_a_finding_that_was_there_before_warns() -> None:
    old = permissive()
    new = {**old, "metadata": {**old["metadata"], "labels": {"a": "b"}}}
    answer = asked(new, old)
    assert answer.allowed
    assert any("PX301" in warning for warning in answer.warnings)


def test_what_an_update_brings_is_denied_although_other_things_were_wrong() -> None:
    old = body(
        SECURITY, "PeerAuthentication", "pa", {"mtls": {"mode": "STRICT"}, "selector": {"matchLabels": {"app": "a"}}}
    )
    new = {**old, "spec": {**old["spec"], "mtls": {"mode": "PERMISSIVE"}}}
    assert not asked(new, old).allowed


def denied_code(answer: AdmissionResponse) -> bool:
    return not answer.allowed


@pytest.mark.parametrize(
    ("before", "after", "denied"),
    [
        ([REDIRECT], [REDIRECT], False),
        ([REDIRECT], [{}, REDIRECT], False),  # the entry moved
        ([{}], [REDIRECT], True),
        ([REDIRECT], [REDIRECT, REDIRECT], True),  # a second one
        ([REDIRECT], [{}], False),
    ],
)
def test_each_finding_is_compared_with_those_before(
    before: list[dict[str, Any]], after: list[dict[str, Any]], *, denied: bool
) -> None:
    rule = {"rule": "PX501", "action": "deny"}
    known = context(body(OURS, "ProxylessMesh", "default", {"enforcement": [rule]}, namespace=""))
    assert denied_code(asked(routes(*after, timeout="2s"), routes(*before), known)) is denied


def test_values_are_compared_whole() -> None:
    """A message shows 80 characters of a value; what differs behind them is another value."""
    first, second = ({"redirect": {"uri": f"/{'x' * 100}{end}"}} for end in "ab")
    rule = {"rule": "PX501", "action": "deny"}
    known = context(body(OURS, "ProxylessMesh", "default", {"enforcement": [rule]}, namespace=""))
    assert denied_code(asked(routes({}, second), routes(first), known))
    assert not denied_code(asked(routes({}, first), routes(first), known))


def test_an_excuse_that_never_counted_does_not_hide_what_was_there() -> None:
    """With nothing known of the namespace but that the strict webhook was called."""
    old = permissive(annotations={"proxyless.dev/ignore": PX301})
    new = {**old, "metadata": {**old["metadata"], "labels": {"a": "b"}}}
    assert asked(new, old, Context()).allowed


def test_what_a_policy_warns_of_is_not_said_again() -> None:
    warn = {"metadata": {"name": "shop", "labels": {"proxyless.dev/enforcement": "warn"}}}
    known = context({"apiVersion": "v1", "kind": "Namespace", **warn})
    assert any("PX301" in warning for warning in asked(permissive(), known=known, strict=False).warnings)
    known = replace(known, policies=lambda _: frozenset({"PX301"}))
    assert not any("PX301" in warning for warning in asked(permissive(), known=known, strict=False).warnings)
    ended = permissive(annotations={"proxyless.dev/ignore": f"{PX301} until 2020-01-01"})
    assert any("PX301" in warning for warning in asked(ended, known=known, strict=False).warnings)


def test_a_denial_is_said_whatever_policies_say() -> None:
    known = replace(context(), policies=lambda _: frozenset({"PX301"}))
    assert not asked(permissive(), known=known).allowed


def test_removing_the_excuse_is_what_the_request_brings() -> None:
    mesh = body(OURS, "ProxylessMesh", "default", {"strict": {"mayExcuse": ["annotations"]}}, namespace="")
    old = permissive(annotations={"proxyless.dev/ignore": PX301 + " until 2999-01-01"})
    assert asked(old, known=context(mesh)).allowed
    assert not asked(permissive(), old, context(mesh)).allowed


def test_an_author_does_not_excuse_what_strict_denies() -> None:
    answer = asked(permissive(annotations={"proxyless.dev/ignore": PX301}))
    assert not answer.allowed
    assert "An annotation does not excuse it in a strict namespace" in answer.message


def test_the_owner_may_let_authors_excuse_for_a_time() -> None:
    known = context(body(OURS, "ProxylessMesh", "default", {"strict": {"mayExcuse": ["annotations"]}}, namespace=""))
    assert asked(permissive(annotations={"proxyless.dev/ignore": PX301 + " until 2999-01-01"}), known=known).allowed
    forever = asked(permissive(annotations={"proxyless.dev/ignore": PX301}), known=known)
    assert not forever.allowed
    assert "needs an expiry" in forever.message
    ended = asked(permissive(annotations={"proxyless.dev/ignore": PX301 + " until 2026-01-01"}), known=known)
    assert not ended.allowed
    assert "ended on 2026-01-01" in ended.message


EXCEPTION = {"rule": "PX301", "reason": "the migration ends in March", "expires": "2999-01-01T00:00:00Z"}
OFF = {"enforcement": [{"rule": "PX*", "action": "off"}]}


@pytest.mark.parametrize(
    "spec", [{"exceptions": [EXCEPTION]}, OFF, {"enforcement": [{"rule": "PX301", "action": "warn"}]}]
)
def test_a_policy_of_the_namespace_weakens_strict_only_where_the_owner_lets_it(spec: dict[str, Any]) -> None:
    weak = body(OURS, "ProxylessPolicy", "p", spec)
    assert not asked(permissive(), known=context(weak)).allowed
    mesh = body(OURS, "ProxylessMesh", "default", {"strict": {"mayExcuse": ["policies"]}}, namespace="")
    assert asked(permissive(), known=context(weak, mesh)).allowed


def test_the_owner_excuses_by_the_mesh() -> None:
    here = body(OURS, "ProxylessMesh", "default", {"exceptions": [{**EXCEPTION, "namespace": "shop"}]}, namespace="")
    assert asked(permissive(), known=context(here)).allowed
    elsewhere = body(
        OURS, "ProxylessMesh", "default", {"exceptions": [{**EXCEPTION, "namespace": "web"}]}, namespace=""
    )
    assert not asked(permissive(), known=context(elsewhere)).allowed


def test_outside_of_strict_namespaces_annotations_excuse() -> None:
    lax = Context(selection=Selection())
    answer = asked(permissive(annotations={"proxyless.dev/ignore": PX301}), known=lax, strict=False)
    assert answer == AdmissionResponse()


def test_what_a_policy_demands_by_its_code_is_done() -> None:
    nothing = body(SECURITY, "AuthorizationPolicy", "ap", {})
    assert asked(nothing).allowed
    policy = body(OURS, "ProxylessPolicy", "p", {"enforcement": [{"rule": "PX601", "action": "deny"}]})
    refused = asked(nothing, known=context(policy))
    assert not refused.allowed
    assert "PX601" in refused.message


def test_a_prefix_demands_nothing_that_rests_on_other_objects() -> None:
    nothing = body(SECURITY, "AuthorizationPolicy", "ap", {})
    policy = body(OURS, "ProxylessPolicy", "p", {"enforcement": [{"rule": "PX6*", "action": "deny"}]})
    assert asked(nothing, known=context(policy)).allowed


def test_conditions_and_the_command_line_excuse_alike() -> None:
    weak = resource(body(OURS, "ProxylessPolicy", "p", {"exceptions": [EXCEPTION]}))
    assert weak is not None
    selection = policies.selection_from(Snapshot([weak]))
    assert (selection.may_excuse, selection.exemptions[0].by_owner) == (frozenset(), False)
