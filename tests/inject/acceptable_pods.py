"""Settings, annotations and pods of every shape that an API server may meet, wrong values among them: for test_never_refused.

Not all that is drawn is acceptable: the API server itself decides which pods and which ProxylessMeshes count.
"""

import json
from typing import Any

from hypothesis import strategies as st

from proxyless.mesh.pod import keys as k

FILLER = "example.com/filler"
"""Annotation whose value is the length that :func:`filled` gives it."""
QUANTITIES = st.sampled_from(
    [
        "100m",
        "2",
        "1Gi",
        "128Mi",
        "0",
        "1.5",
        "+1",
        ".5",
        "5.",
        "1e3",
        "0.1m",
        "1E",
        "100n",
        "9" * 15,
        "0.000000001",
        "lots",
        "-1",
        "1 Gi",
        "",
        "1GiB",
        "1e",
        "10mm",
        "٣",
        "1e99",
        "9" * 40,
        "0x1",
        "1_0",
        "NaN",
        "1Gi\n",
    ]
)
WORDS = st.sampled_from(
    [
        "net1",
        "a.b",
        "istio-system",
        "Kubernetes",
        "cluster.local",
        "a_b",
        "x" * 63,
        "canary",
        "bad network !!",
        "-a",
        "a-",
        "x" * 64,
        "ä",
        "a b",
        " ",
        "",
        "A/B",
        "a\nb",
        "a=b",
        "..",
        "\x7f",
        "a:b",
    ]
)
IMAGES = st.sampled_from(
    [
        "localhost/proxyv2:lab",
        "a/b",
        "r.example:5000/a/b:1",
        "a/b@sha256:" + "a" * 64,
        "istio/proxyv2:1.31.0-distroless",
        " a/b:1",
        "a/b:1 ",
        " ",
        "a/b\n",
        "/a",
        "a//b",
        "A/B:c",
        "auto/x:\t",
    ]
)
ADDRESSES = st.sampled_from(
    ["istiod.istio-system.svc:15012", "10.0.0.1:15012", "[::1]:1", "a:0", "a", ":1", "a b:1", "", "a:99999999"]
)
NUMBERS = st.sampled_from([0, 1, 15, 600, 15020, 65535, 65536, -1, 2**31 - 1, 2**31, 2**63, "15", True, 1.5, None])
RESOURCES = st.fixed_dictionaries(
    {},
    optional={
        side: st.dictionaries(
            st.sampled_from(["cpu", "memory", "ephemeral-storage", "gpu", "a/b", "hugepages-2Mi"]),
            QUANTITIES,
            max_size=3,
        )
        for side in ("requests", "limits")
    },
)
MESHES = st.fixed_dictionaries(
    {},
    optional={
        "istio": st.fixed_dictionaries(
            {},
            optional=dict.fromkeys(("revision", "namespace", "rootNamespace", "trustDomain", "clusterDomain"), WORDS)
            | {"holdDefault": st.booleans()},
        ),
        "injection": st.fixed_dictionaries(
            {},
            optional={
                "mode": st.sampled_from(["auto", "own", "own", "delegate"]),
                "xds": st.sampled_from(["auto", "agent", "direct"]),
                "image": IMAGES,
                "resources": RESOURCES,
                "caAddress": ADDRESSES,
                "discoveryAddress": ADDRESSES,
                "clusterID": WORDS,
                "meshID": WORDS,
                "network": WORDS,
                "nativeSidecar": st.sampled_from(["auto", "always", "never"]),
                "hold": st.booleans(),
            },
        ),
    },
)
"""``spec`` of a ProxylessMesh."""
METADATA = st.dictionaries(
    st.sampled_from(["A", "a.b", "A B", "", "A=B", "ä", "ISTIO_META_X", "x" * 300]),
    st.sampled_from(["", "v", 1, True, None, "$(A)"]),
    max_size=2,
)
INJECTORS = st.fixed_dictionaries(
    {},
    optional={
        "revision": WORDS,
        "global": st.fixed_dictionaries(
            {},
            optional={
                "hub": IMAGES,
                "tag": st.sampled_from(["1.31.0", "lab", "bad tag", "", 1.31, "x" * 200]),
                "network": WORDS,
                "meshID": WORDS,
                "istioNamespace": WORDS,
                "imagePullPolicy": st.sampled_from(["Always", "Sometimes", ""]),
                "imagePullSecrets": st.lists(WORDS, max_size=2),
                "multiCluster": st.fixed_dictionaries({"clusterName": WORDS}),
                "sts": st.fixed_dictionaries({"servicePort": NUMBERS}),
                "proxy": st.fixed_dictionaries(
                    {},
                    optional={
                        "image": st.one_of(IMAGES, st.just("proxyv2")),
                        "resources": RESOURCES,
                        "statusPort": NUMBERS,
                        "readinessInitialDelaySeconds": NUMBERS,
                        "readinessPeriodSeconds": NUMBERS,
                        "readinessFailureThreshold": NUMBERS,
                        "startupProbe": st.fixed_dictionaries({"failureThreshold": NUMBERS}),
                        "clusterDomain": WORDS,
                        "logLevel": WORDS,
                    },
                ),
            },
        ),
        "sidecarInjectorWebhook": st.fixed_dictionaries(
            {
                "injectedAnnotations": st.dictionaries(
                    st.sampled_from(["a", "a.b/c", "A B", "", "-", "x" * 70, "a/b/c"]),
                    st.sampled_from(["", "v", 1, None]),
                    max_size=2,
                )
            }
        ),
    },
)
"""Istio's Helm values, as in the ConfigMap istio-sidecar-injector."""
MESH_CONFIGS = st.fixed_dictionaries(
    {},
    optional={
        "trustDomain": WORDS,
        "rootNamespace": WORDS,
        "defaultConfig": st.fixed_dictionaries(
            {},
            optional={
                "discoveryAddress": ADDRESSES,
                "statusPort": NUMBERS,
                "proxyMetadata": METADATA,
                "image": st.fixed_dictionaries({"imageType": WORDS}),
            },
        ),
    },
)
_VOLUMES = [
    '{"a":{"emptyDir":{}}}',
    '{"Bad Name":{"emptyDir":{}}}',
    '{"a":{}}',
    '{"a":{"emptyDir":{},"hostPath":{"path":"/"}}}',
    '{"a":{"configMap":{}}}',
    '{"a":{"nope":{}}}',
    '{"a":{"emptyDir":[]}}',
    '{"a":{"emptyDir":{"sizeLimit":"lots"}}}',
    '{"a":{"configMap":{"name":"c"}}}',
    '{"app":{"emptyDir":{}}}',
    '{"a":{"name":"b","emptyDir":{}}}',
    '{"a":{"secret":{"secretName":"s","optional":true}}}',
    '{"a":{"hostPath":{"path":"../x"}}}',
    '{"istio-data":{"emptyDir":{}}}',
    '{"a":{"emptyDir":{"medium":"x"}}}',
    '{"a":{"persistentVolumeClaim":{"claimName":"Not Valid"}}}',
    '{"a":{"csi":{}}}',
]
_MOUNTS = [
    '{"a":{"mountPath":"/a"}}',
    '{"a":{}}',
    '{"a":{"mountPath":""}}',
    '{"a":{"mountPath":"/a:b"}}',
    '{"b":{"mountPath":"/b"}}',
    '{"a":{"mountPath":"/etc/istio/proxy"}}',
    '{"a":{"mountPath":5}}',
    '{"a":{"mountPath":"/a","subPath":"../x"}}',
    '{"a":{"mountPath":"/a","readOnly":"yes"}}',
    '{"a":{"name":"app","mountPath":"/a"}}',
    '{"app":{"mountPath":"/app"}}',
    '{"a":{"mountPath":"/a","mountPropagation":"Bidirectional"}}',
]
ANNOTATIONS: dict[str, st.SearchStrategy[str]] = {
    k.PROXY_CONFIG: st.sampled_from(
        [
            "{}",
            "proxyMetadata: {A: b}",
            '{"proxyMetadata": {"A B": "1", "": "x", "A=B": "y"}}',
            '{"statusPort": 0}',
            '{"statusPort": 99999}',
            '{"discoveryAddress": "a b"}',
            "[",
        ]
    ),
    k.STATUS_PORT: st.sampled_from(["0", "15020", "15099", "99999", "http"]),
    k.LANGUAGE: st.sampled_from(["go", "python", "java", "node"]),
    k.TARGETS: st.sampled_from(["1", "3"]),
    k.XDS: st.sampled_from(["agent", "direct"]),
    k.MODE: st.sampled_from(["own", "delegate"]),
    k.NATIVE_SIDECAR: st.sampled_from(["true", "false"]),
    k.USER_VOLUME: st.sampled_from(_VOLUMES),
    k.USER_VOLUME_MOUNT: st.sampled_from(_MOUNTS),
    k.READINESS_PERIOD: st.sampled_from(["0", "5", "-5", "2147483647", "2147483648"]),
    k.READINESS_DELAY: st.sampled_from(["0", "2147483648"]),
    k.READINESS_FAILURES: st.sampled_from(["0", "1", "9"]),
    k.PROXY_IMAGE: IMAGES,
    k.PROXY_IMAGE_TYPE: st.sampled_from(["distroless", "default", "a b", "x" * 130]),
    k.DISCOVERY_ADDRESS: ADDRESSES,
    k.PROXY_LOG_LEVEL: WORDS,
    "sidecar.istio.io/proxyCPU": QUANTITIES,
    "sidecar.istio.io/proxyCPULimit": QUANTITIES,
    "sidecar.istio.io/proxyMemory": QUANTITIES,
    "sidecar.istio.io/proxyMemoryLimit": QUANTITIES,
    "prometheus.io/port": st.sampled_from(["9090", "x"]),
    "prometheus.io/scrape": st.sampled_from(["true", "false"]),
    FILLER: st.sampled_from(["200000", "261000", "262050"]),
}
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


def filled(pod: dict[str, Any]) -> dict[str, Any]:
    """The pod with its filler annotation as long as its number says: up to the limit for all annotations, 256 KiB."""
    pod = json.loads(json.dumps(pod))  # drawn lists are shared between containers, and a patch would reach both
    annotations = pod["metadata"]["annotations"]
    if FILLER not in annotations:
        return pod
    annotations = {**annotations, FILLER: "x" * int(annotations[FILLER])}
    return {**pod, "metadata": {**pod["metadata"], "annotations": annotations}}


def _container(name: st.SearchStrategy[str]) -> st.SearchStrategy[dict[str, Any]]:
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


def _named(containers: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        item if item["name"] == "istio-proxy" else {**item, "name": f"{item['name']}{index}"}
        for index, item in enumerate(containers)
    ]


NAMES = st.sampled_from(["cart", "cart", "cart", "istio-proxy"])
SPEC = st.fixed_dictionaries(
    {"containers": st.lists(_container(NAMES), min_size=1, max_size=3).map(_named)},
    optional={
        "initContainers": st.lists(_container(st.sampled_from(["init", "init", "istio-proxy"])), max_size=2).map(
            _named
        ),
        "volumes": st.sampled_from(
            [
                [{"name": "app", "emptyDir": {}}],
                [{"name": "app", "emptyDir": {}}, {"name": "istio-data", "configMap": {"name": "c"}}],
                [
                    {"name": "app", "emptyDir": {}},
                    {"name": "a", "emptyDir": {}},
                    {"name": "istio-token", "emptyDir": {}},
                ],
            ]
        ),
        "imagePullSecrets": st.just([{"name": "s"}]),
        "restartPolicy": st.sampled_from(["Always", "Never", "OnFailure"]),
        "hostNetwork": st.booleans(),
        "hostUsers": st.booleans(),
        "hostPID": st.booleans(),
        "shareProcessNamespace": st.booleans(),
        "os": st.sampled_from([{"name": "linux"}, {"name": "windows"}]),
        "resources": st.sampled_from(
            [
                {"requests": {"cpu": "50m"}},
                {"limits": {"cpu": "1", "memory": "1Gi"}},
                {"requests": {"cpu": "100m", "memory": "64Mi"}, "limits": {"cpu": "1", "memory": "64Mi"}},
                {"limits": {"memory": "8Gi", "cpu": "9"}},
            ]
        ),
        "securityContext": st.sampled_from(
            [
                {"runAsNonRoot": True},
                {"runAsUser": 5, "fsGroup": 6},
                {"windowsOptions": {"hostProcess": True}},
                {"supplementalGroupsPolicy": "Strict"},
                {"seccompProfile": {"type": "Unconfined"}},
            ]
        ),
        "terminationGracePeriodSeconds": st.sampled_from([0, 5]),
        "ephemeralContainers": st.just([]),
        "readinessGates": st.just([{"conditionType": "x"}]),
        "schedulingGates": st.just([{"name": "g"}]),
        "hostname": st.just("h"),
        "overhead": st.just({"cpu": "1m"}),
        "automountServiceAccountToken": st.booleans(),
        "nodeName": st.just("n"),
    },
)
LABELS = st.dictionaries(
    st.sampled_from(
        [
            "app",
            "app.kubernetes.io/name",
            "app.kubernetes.io/version",
            "version",
            k.SIDECAR_INJECT,
            k.REVISION,
            "pod-template-hash",
            k.CANONICAL_NAME,
            k.NETWORK,
        ]
    ),
    st.sampled_from(["true", "false", "x", "", "7d9f8", "X_y.z"]),
    max_size=3,
)
OWNERS = st.lists(
    st.fixed_dictionaries(
        {
            "apiVersion": st.sampled_from(["apps/v1", "batch/v1", "x.example/v1"]),
            "kind": st.sampled_from(["ReplicaSet", "Job", "Foo"]),
            "name": st.sampled_from(["cart-7d9f8", "n-28912340", "Bad Name !", "x" * 100, "ä", "-x"]),
            "uid": st.just("u"),
            "controller": st.just(True),
        }
    ),
    max_size=1,
)
PODS = st.fixed_dictionaries(
    {
        "apiVersion": st.just("v1"),
        "kind": st.just("Pod"),
        "metadata": st.fixed_dictionaries(
            {
                "annotations": st.lists(st.sampled_from(sorted(ANNOTATIONS)), max_size=5, unique=True).flatmap(
                    lambda names: st.fixed_dictionaries(
                        {name: ANNOTATIONS[name] for name in names} | {k.INJECT: st.just("true")}
                    )
                )
            },
            optional={"labels": LABELS, "ownerReferences": OWNERS},
        ).flatmap(
            lambda metadata: st.sampled_from(
                [
                    {**metadata, "name": "cart"},
                    {**metadata, "generateName": "cart-"},
                    {**metadata, "generateName": "x" * 240 + "-"},
                ]
            )
        ),
        "spec": SPEC,
    }
)
