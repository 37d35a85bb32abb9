"""Containers of every shape, wrong values among them. Called by ``acceptable_pods``."""

from typing import Any

from hypothesis import strategies as st

ENV = st.lists(
    st.one_of(
        st.fixed_dictionaries(
            {
                "name": st.sampled_from(
                    ["GRPC_XDS_BOOTSTRAP", "GRPC_XDS_BOOTSTRAP_CONFIG", "A", "a.b", "PROXYLESS_POD_IP"]
                ),
                "value": st.sampled_from(["", "x", "xds:///a:1 xds:///b:2"]),
            }
        ),
        st.just({"name": "GRPC_XDS_BOOTSTRAP", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}}),
    ),
    max_size=3,
)
PROBES = st.sampled_from(
    [
        {"httpGet": {"path": "/", "port": 80}},
        {"exec": {"command": ["x"]}, "periodSeconds": 3},
        {"grpc": {"port": 1}},
        {"tcpSocket": {"port": 1}, "terminationGracePeriodSeconds": 5},
    ]
)
SECURITY = st.sampled_from(
    [
        {},
        {"runAsUser": 0},
        {"runAsUser": 7, "allowPrivilegeEscalation": True},
        {"privileged": True},
        {"capabilities": {"add": ["SYS_ADMIN"]}},
        {"runAsNonRoot": False},
        {"procMount": "Default"},
        {"windowsOptions": {"runAsUserName": "x"}},
    ]
)
CONTAINER_RESOURCES = st.sampled_from(
    [
        {},
        {"limits": {"cpu": "50m"}},
        {"requests": {"cpu": "3"}},
        {"limits": {"memory": "64Mi"}},
        {"requests": {"memory": "2Gi"}, "limits": {"memory": "2Gi"}},
        {"limits": {"cpu": "10m", "memory": "8Mi"}, "requests": {"cpu": "10m", "memory": "8Mi"}},
        {"limits": {"example.com/gpu": "1"}},
        {"requests": {"cpu": "10m"}, "limits": {"cpu": "10m"}},
    ]
)


def container(name: st.SearchStrategy[str]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {"name": name, "image": st.sampled_from(["auto", "auto", "a:1"])},
        optional={
            "env": ENV,
            "args": st.just(["--to=xds:///c:1"]),
            "ports": st.sampled_from(
                [
                    [{"containerPort": 8080, "name": "http"}],
                    [{"containerPort": 15020, "name": "mesh-metrics"}],
                    [{"containerPort": 15021, "name": "mesh-metrics"}],
                    [{"containerPort": 53, "protocol": "UDP"}, {"containerPort": 53}],
                ]
            ),
            "volumeMounts": st.sampled_from(
                [
                    [{"name": "app", "mountPath": "/a"}],
                    [{"name": "app", "mountPath": "/var/lib/istio/data"}],
                    [{"name": "app", "mountPath": "/etc/istio/proxy/"}],
                    [{"name": "app", "mountPath": "/var/run/secrets/tokens"}],
                ]
            ),
            "securityContext": SECURITY,
            "readinessProbe": PROBES,
            "livenessProbe": PROBES,
            "startupProbe": PROBES,
            "lifecycle": st.sampled_from(
                [
                    {"postStart": {"exec": {"command": ["y"]}}},
                    {"preStop": {"sleep": {"seconds": 1}}},
                    {"stopSignal": "SIGUSR1"},
                ]
            ),
            "resources": CONTAINER_RESOURCES,
            "restartPolicy": st.sampled_from(["Always", "Never", "OnFailure"]),
            "imagePullPolicy": st.sampled_from(["Never", "Always"]),
            "envFrom": st.just([{"configMapRef": {"name": "c"}}]),
            "resizePolicy": st.just([{"resourceName": "cpu", "restartPolicy": "NotRequired"}]),
            "workingDir": st.just("/"),
            "stdin": st.booleans(),
            "command": st.just(["/x"]),
        },
    )


def named(containers: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        item if item["name"] == "istio-proxy" else {**item, "name": f"{item['name']}{index}"}
        for index, item in enumerate(containers)
    ]
