"""Whose a difference between intent, sent and accepted is; answers of istiod and of applications as the adapters give them."""

from typing import Any

import pytest

from lint.why.small import BASE, GET, HOST, MUTUAL, STRICT, ask, routes, world_of
from proxyless.lint.why.question import Question
from proxyless.lint.why.sent import Point, Sent
from proxyless.lint.why.taken import BY_APPLICATION, BY_ISTIOD, Compared, Taken, TakenState, Took, Whose, compare

NAME = f"outbound|7070||{HOST}"
ROUTES = "RouteConfiguration"
GO = 'error parsing "RouteConfigResource" response: '
TYPES = ("Listener", ROUTES, "Cluster", "ClusterLoadAssignment")
ACCEPTED = TakenState(Took.ACCEPTED, shown=True)


def _sent(**changed: Any) -> Sent:
    host = {"domains": [HOST], "routes": [{"name": "default", "route": {"cluster": NAME}}]}
    parts = {
        "listeners": {f"{HOST}:7070": {}},
        "routes": {NAME: {"virtual_hosts": [host]}},
        "clusters": {NAME: {"transport_socket": {}}},
        "endpoints": {NAME: {}},
    }
    return Sent(**(parts | changed))


def _question() -> Question:
    return ask(world_of(BASE + MUTUAL + STRICT), f"{HOST}:7070", GET).question


def _ours(_: Point) -> tuple[Whose, str]:
    return Whose.CALCULATION, "ours"


def _compared(taken: Taken | None, sent: Sent | None = None) -> dict[str, Compared]:
    return {item.point.topic: item for item in compare(_question(), sent or _sent(), taken, _ours)}


def _record(**types: TakenState) -> Taken:
    return Taken(BY_ISTIOD, {}, {kind: (types.get(kind, TakenState(Took.ACCEPTED)),) for kind in TYPES})


def _word(held: Sent, **named: TakenState) -> Taken:
    names = {"Listener": f"{HOST}:7070", ROUTES: NAME, "Cluster": NAME, "ClusterLoadAssignment": NAME}
    states = {(kind, name): named.get(kind, ACCEPTED) for kind, name in names.items()}
    return Taken(BY_APPLICATION, states, {}, held)


def test_all_three_agree() -> None:
    for taken in (_record(), _word(_sent())):
        found = _compared(taken)
        assert list(found) == ["listener", "routes", "cluster", "tls", "endpoints"]
        assert {(item.state.took, item.whose, item.text) for item in found.values()} == {
            (Took.ACCEPTED, Whose.NOBODY, "")
        }


def test_a_rejection_is_the_librarys() -> None:
    for taken in (
        _record(RouteConfiguration=TakenState(Took.REJECTED, f"{NAME}: unsupported filter")),
        _word(_sent(), RouteConfiguration=TakenState(Took.REJECTED, "unsupported filter")),
    ):
        routes = _compared(taken)["routes"]
        assert (routes.state.took, routes.whose) == (Took.REJECTED, Whose.LIBRARY)
        assert "unsupported filter" in routes.text


def test_a_rejection_of_another_resource_of_the_type_is_nobodys_here() -> None:
    routes = _compared(_record(RouteConfiguration=TakenState(Took.REJECTED, "outbound|1||other: bad")))["routes"]
    assert (routes.state.took, routes.whose) == (Took.UNKNOWN, Whose.NOBODY)
    assert "rejected another resource" in routes.text


def test_one_stream_that_rejects_counts_before_one_that_accepts() -> None:
    rejects, accepts = TakenState(Took.REJECTED, NAME), TakenState(Took.ACCEPTED)
    for order in ((rejects, accepts), (accepts, rejects)):
        taken = _record()
        taken = taken._replace(types={**taken.types, ROUTES: order})
        assert _compared(taken)["routes"].whose is Whose.LIBRARY


def test_what_was_never_asked_for_is_told_once() -> None:
    for taken in (Taken(BY_ISTIOD, {}, {}), Taken(BY_APPLICATION, {}, {}, Sent({}, {}, {}, {}))):
        found = _compared(taken)
        assert [item.whose for item in found.values()] == [Whose.APPLICATION] + [Whose.NOBODY] * 4
        assert {item.state.took for item in found.values()} == {Took.NOT_ASKED}


def test_an_older_one_and_one_on_its_way_are_istiods() -> None:
    before = {NAME: {"virtual_hosts": [{"domains": [HOST], "routes": []}]}}
    routes = _compared(_word(_sent(routes=before)))["routes"]
    assert (routes.state.took, routes.whose, routes.held) == (Took.OLDER, Whose.ISTIOD, "none")
    routes = _compared(_record(RouteConfiguration=TakenState(Took.PENDING)))["routes"]
    assert (routes.state.took, routes.whose) == (Took.PENDING, Whose.ISTIOD)


def test_told_that_it_does_not_exist_while_it_does() -> None:
    gone = TakenState(Took.ACCEPTED, shown=True)
    listener = _compared(_word(_sent(listeners={}), Listener=gone))["listener"]
    assert (listener.held, listener.state.took, listener.whose) == ("not there", Took.OLDER, Whose.ISTIOD)


def test_what_istiod_sends_otherwise_is_blamed_first() -> None:
    for taken in (None, _record(), _record(Cluster=TakenState(Took.REJECTED, NAME))):
        found = _compared(taken, _sent(clusters={NAME: {"name": NAME}}))
        assert (found["tls"].whose, found["tls"].text) == (Whose.CALCULATION, "ours")
        assert found["routes"].whose is Whose.NOBODY


@pytest.mark.parametrize("taken", [None, _record(), _word(_sent())])
def test_a_host_that_neither_has(taken: Taken | None) -> None:
    question = ask(world_of(BASE, complete=("Service", "ServiceEntry")), "api.web.svc.cluster.local:1", GET).question
    (only,) = compare(question, Sent({}, {}, {}, {}), taken, _ours)
    assert (only.point.calculated, only.point.sent, only.whose) == ("not there", "not there", Whose.NOBODY)


def test_a_rejection_names_the_field_that_caused_it() -> None:
    cors = "{corsPolicy: {allowOrigins: [{exact: a}]}, route: [{destination: {host: " + HOST + "}}]}"
    question = ask(world_of(BASE + MUTUAL + STRICT + routes(cors)), f"{HOST}:7070", GET).question
    sent = _sent(routes={NAME: {"virtual_hosts": [{"domains": [HOST], "routes": [{"route": {"cluster": NAME}}]}]}})
    for taken in (
        _record(RouteConfiguration=TakenState(Took.REJECTED, f'{GO}resource "{NAME}": filter override "envoy.cors"')),
        _word(_sent(), RouteConfiguration=TakenState(Took.REJECTED, "unsupported filter type")),
    ):
        found = {item.point.topic: item for item in compare(question, sent, taken, _ours)}
        assert "caused by VirtualService shop/api spec.http[0].corsPolicy: " in found["routes"].text
