"""Annotations and pods of every shape that an API server may meet, wrong values among them: for test_never_refused.

Not all that is drawn is acceptable: the API server itself decides which pods and which ProxylessMeshes count.
"""

import json
from typing import Any

from hypothesis import strategies as st

from inject.acceptable_containers import container, named
from inject.acceptable_values import ADDRESSES, IMAGES, QUANTITIES, WORDS
from proxyless.mesh.pod import keys as k

FILLER = "example.com/filler"
"""Annotation whose value is the length that :func:`filled` gives it."""
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


def filled(pod: dict[str, Any]) -> dict[str, Any]:
    """The pod with its filler annotation as long as its number says: up to the limit for all annotations, 256 KiB."""
    pod = json.loads(json.dumps(pod))  # drawn lists are shared between containers, and a patch would reach both
    annotations = pod["metadata"]["annotations"]
    if FILLER not in annotations:
        return pod
    annotations = {**annotations, FILLER: "x" * int(annotations[FILLER])}
    return {**pod, "metadata": {**pod["metadata"], "annotations": annotations}}


NAMES = st.sampled_from(["cart", "cart", "cart", "istio-proxy"])
SPEC = st.fixed_dictionaries(
    {"containers": st.lists(container(NAMES), min_size=1, max_size=3).map(named)},
    optional={
        "initContainers": st.lists(container(st.sampled_from(["init", "init", "istio-proxy"])), max_size=2).map(named),
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
