"""Which DestinationRule a client gets, and how several become one."""

from typing import Any

from mesh.objects import rule
from proxyless.mesh.destination import CoveringRule, DestinationRules, LookupPlace
from proxyless.model.resource import Resource

HOST = "echo.shop.svc.cluster.local"
V1 = {"name": "v1", "labels": {"version": "v1"}}
V2 = {"name": "v2", "labels": {"version": "v2"}}
MTLS = {"tls": {"mode": "ISTIO_MUTUAL"}}
ROUND = {"loadBalancer": {"simple": "ROUND_ROBIN"}}


def of(
    *rules: Resource, client: str = "shop", labels: dict[str, Any] | None = None, host: str = HOST
) -> CoveringRule | None:
    index = DestinationRules(rules, root_namespace="istio-system")
    return index.effective(host, service_namespace="shop", client_namespace=client, labels=labels)


def sources(answer: CoveringRule | None) -> list[str]:
    return [] if answer is None else [item.name for item in answer.rule.rules]


def test_client_namespace_beats_service_namespace_beats_root() -> None:
    own = rule("own", HOST, namespace="web")
    service = rule("service", HOST)
    root = rule("root", HOST, namespace="istio-system")
    for rules, step in [
        ((own, service, root), LookupPlace.CLIENT),
        ((service, root), LookupPlace.SERVICE),
        ((root,), LookupPlace.ROOT),
    ]:
        answer = of(*rules, client="web")
        assert answer is not None
        assert answer.step is step
        assert answer.rule.rules == (rules[0],)
    assert of(rule("else", HOST, namespace="else"), client="web") is None


def test_nothing_is_inherited_from_a_shadowed_rule() -> None:
    answer = of(
        rule("own", HOST, namespace="web"), rule("service", HOST, subsets=[V1], trafficPolicy=MTLS), client="web"
    )
    assert answer is not None
    assert answer.rule.policy is None
    assert answer.rule.subsets == ()


def test_exact_host_beats_longer_wildcard_beats_shorter() -> None:
    exact, long, short = rule("exact", HOST), rule("long", "*.shop.svc.cluster.local"), rule("short", "*.local")
    assert sources(of(short, long, exact)) == ["exact"]
    assert sources(of(short, long)) == ["long"]
    assert sources(of(short, rule("all", "*"))) == ["short"]


def test_wildcard_of_an_earlier_step_beats_exact_of_a_later_one() -> None:
    answer = of(rule("own", "*.local", namespace="web"), rule("service", HOST), client="web")
    assert sources(answer) == ["own"]


def test_private_rule_stays_in_its_namespace() -> None:
    private = rule("private", exportTo=["."])
    assert sources(of(private)) == ["private"]
    assert of(private, client="web") is None


def test_rule_for_named_namespaces_reaches_those_and_not_its_own() -> None:
    named = rule("named", exportTo=["web"])
    assert sources(of(named, client="web")) == ["named"]
    assert of(named) is None


def test_private_rule_of_the_root_namespace_is_for_clients_there() -> None:
    private = rule("private", HOST, namespace="istio-system", exportTo=["."])
    assert sources(of(private, client="istio-system")) == ["private"]
    assert of(private, client="web") is None


def test_root_client_gets_the_service_namespace_before_its_own_exported_rules() -> None:
    assert sources(of(rule("root", HOST, namespace="istio-system"), rule("service"), client="istio-system")) == [
        "service"
    ]


def test_oldest_policy_counts_whole_and_subsets_add_up() -> None:
    answer = of(
        rule("younger", subsets=[V2], trafficPolicy=MTLS, created="02"),
        rule("older", subsets=[V1], trafficPolicy=ROUND, created="01"),
    )
    assert answer is not None
    merged = answer.rule
    assert sources(answer) == ["older", "younger"]
    assert merged.policy is not None
    assert merged.policy.name == "older"
    assert [item.name for item in merged.overruled] == ["younger"]
    assert [item.name for item in merged.subsets] == ["v1", "v2"]


def test_older_rule_without_policy_leaves_it_to_the_younger() -> None:
    answer = of(rule("versions", subsets=[V1], created="01"), rule("mtls", trafficPolicy=MTLS, created="02"))
    assert answer is not None
    assert answer.rule.policy is not None
    assert answer.rule.policy.name == "mtls"
    assert not answer.rule.overruled


def test_empty_policy_counts_as_one() -> None:
    answer = of(rule("empty", trafficPolicy={}, created="01"), rule("mtls", trafficPolicy=MTLS, created="02"))
    assert answer is not None
    assert [item.name for item in answer.rule.overruled] == ["mtls"]


def test_first_of_two_subsets_with_one_name_is_kept() -> None:
    other = {"name": "v1", "labels": {"version": "other"}}
    answer = of(rule("a", subsets=[V1], created="01"), rule("b", subsets=[other, V2], created="02"))
    assert answer is not None
    assert [(item.name, item.rule.name) for item in answer.rule.subsets] == [("v1", "a"), ("v2", "b")]
    assert [(item.name, item.rule.name, item.path) for item in answer.rule.duplicates] == [
        ("v1", "b", ("spec", "subsets", 0))
    ]


def test_different_exports_are_kept_apart_and_the_younger_wins() -> None:
    older, younger = rule("older", exportTo=["*"], created="01"), rule("younger", created="02")
    assert sources(of(younger, older)) == ["younger"]
    assert sources(of(rule("y", exportTo=["."], created="02"), rule("o", created="01"))) == ["y"]


def test_wider_export_is_merged_into_a_narrower_older_one() -> None:
    narrow, wide = rule("narrow", exportTo=["web"], created="01"), rule("wide", exportTo=["web", "api"], created="02")
    assert sources(of(narrow, wide, client="web")) == ["narrow", "wide"]


def test_rule_for_a_client_beats_the_one_for_all() -> None:
    special = rule("special", workloadSelector={"matchLabels": {"app": "web"}}, trafficPolicy=MTLS)
    common = rule("common", trafficPolicy=ROUND)
    assert sources(of(special, common, labels={"app": "web"})) == ["special"]
    assert sources(of(special, common, labels={"app": "api"})) == ["common"]
    assert sources(of(special, common)) == ["common"]


def test_rule_for_a_client_never_leaves_its_namespace() -> None:
    special = rule("special", workloadSelector={"matchLabels": {"app": "web"}})
    assert of(special, client="web", labels={"app": "web"}) is None


def test_rule_for_one_client_hides_later_steps_from_the_others() -> None:
    special = rule("special", HOST, namespace="web", workloadSelector={"matchLabels": {"app": "web"}})
    assert of(special, rule("service"), client="web", labels={"app": "api"}) is None


def test_answers_list_what_is_shadowed_in_order() -> None:
    index = DestinationRules(
        [
            rule("root", "*.local", namespace="istio-system"),
            rule("wild", "*.shop.svc.cluster.local"),
            rule("service"),
            rule("own", HOST, namespace="web"),
        ],
        root_namespace="istio-system",
    )
    found = index.answers(HOST, service_namespace="shop", client_namespace="web")
    assert [(item.step, item.rule.rules[0].name) for item in found] == [
        (LookupPlace.CLIENT, "own"),
        (LookupPlace.SERVICE, "service"),
        (LookupPlace.SERVICE, "wild"),
        (LookupPlace.ROOT, "root"),
    ]


def test_short_host_belongs_to_the_rules_own_namespace() -> None:
    assert of(rule("short", "echo", namespace="web"), client="web") is None
