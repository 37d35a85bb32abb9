"""What istiod takes a Service port for, and where it leads."""

import pytest

from mesh.objects import pod, thing
from proxyless.mesh.service import (
    container_ports,
    grpc_ports,
    host_of,
    is_headless,
    is_selected,
    ports_of,
    protocol_of,
    target_on,
    workloads_of,
)

PORTS = [
    {"name": "grpc", "port": 7070, "targetPort": 17070},
    {"name": "http-control", "port": 80, "targetPort": "control"},
    {"name": "tcp-metrics", "port": 9090},
]
ECHO = thing("Service", "echo", {"selector": {"app": "echo"}, "ports": PORTS})


@pytest.mark.parametrize(
    ("number", "name", "app", "transport", "protocol"),
    [
        (7070, "grpc", None, "TCP", "grpc"),
        (7070, "grpc-echo", None, "TCP", "grpc"),
        (7070, "grpc-web", None, "TCP", "grpc-web"),
        (7070, "grpcecho", None, "TCP", ""),
        (7070, "GRPC-echo", None, "TCP", "grpc"),
        (7070, "", None, "TCP", ""),
        (7070, "anything", None, "TCP", ""),
        (7070, "tcp-grpc", None, "TCP", "tcp"),
        (7070, "https", None, "TCP", "https"),
        (7070, "grpc", None, "UDP", "udp"),
        (3306, "", None, "TCP", "tcp"),
        (3306, "db", None, "TCP", "tcp"),
        (3306, "grpc", None, "TCP", "grpc"),
        (7070, "tcp", "grpc", "TCP", "grpc"),
        (7070, "grpc", "tcp", "TCP", "tcp"),
        (7070, "tcp", "kubernetes.io/h2c", "TCP", "http2"),
        (7070, "grpc", "kubernetes.io/wss", "TCP", "https"),
        (7070, "grpc", "example.org/own", "TCP", ""),
    ],
)
def test_protocol(number: int, name: str, app: str | None, transport: str, protocol: str) -> None:
    assert protocol_of(number, name, app, transport) == protocol


def test_ports_with_routes_are_those_of_the_http_family() -> None:
    assert [(port.number, port.has_routes) for port in ports_of(ECHO)] == [(7070, True), (80, True), (9090, False)]


def test_clients_call_declared_grpc_ports_else_all_that_may_be() -> None:
    assert [port.number for port in grpc_ports(ECHO)] == [7070]
    undeclared = thing("Service", "echo", {"ports": PORTS[1:]})
    assert [port.number for port in grpc_ports(undeclared)] == [80]


def test_target_is_number_name_or_the_port_itself() -> None:
    workload = pod({"app": "echo"}, [{"name": "control", "containerPort": 17171}])
    assert [target_on(port, workload) for port in ports_of(ECHO)] == [17070, 17171, 9090]
    assert target_on(ports_of(ECHO)[1], pod({}, [])) is None


def test_service_selects_pods_of_its_namespace_by_all_labels() -> None:
    mine = pod({"app": "echo", "version": "v1"}, [])
    assert workloads_of(ECHO, [mine, pod({"app": "web"}, []), pod({"app": "echo"}, [], "else")]) == (mine,)


def test_service_without_selector_selects_nothing() -> None:
    assert not is_selected(thing("Service", "echo", {"ports": PORTS}), pod({"app": "echo"}, []))


def test_agent_container_has_no_app_ports() -> None:
    workload = pod({}, [{"containerPort": 17070}])
    assert list(container_ports(workload)) == [17070]
    assert container_ports(workload)[17070][1] == ("spec", "containers", 0, "ports", 0, "containerPort")


def test_host_and_headless() -> None:
    assert host_of(ECHO, "mesh.example") == "echo.shop.svc.mesh.example"
    assert is_headless(thing("Service", "echo", {"clusterIP": "None"}))
    assert not is_headless(ECHO)


def test_odd_values_are_left_out() -> None:
    odd = thing("Service", "echo", {"ports": ["x", {"port": "7070"}, None, {"port": 1}]})
    assert [port.number for port in ports_of(odd)] == [1]
