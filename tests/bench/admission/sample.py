"""The pod that every server of the benchmark is asked about. Read by ``bench_admission``."""

from typing import Any

TOKEN, TEMPLATE = "x7k2p", "6d8c4b7f9c"
"""In the review: what differs between pods of one template, and between templates."""


def pod() -> dict[str, Any]:
    """A pod as a Deployment's controller makes it, with what the API server adds before admission."""
    keys = [f'k:{{"name":"SETTING_{number}"}}' for number in range(6)]
    managed = {
        "f:spec": {
            "f:containers": {
                'k:{"name":"app"}': {"f:env": {key: {".": {}, "f:name": {}, "f:value": {}} for key in keys}}
            }
        }
    }
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "generateName": f"echo-v1-{TEMPLATE}-",
            "uid": f"5f0c1b3e-7a0d-4c59-9a57-3b6a1c0{TOKEN}",
            "creationTimestamp": "2026-11-30T12:00:00Z",
            "namespace": "bench",
            "labels": {"app": "echo", "version": "v1", "pod-template-hash": TEMPLATE},
            "annotations": {
                "inject.istio.io/templates": "grpc-agent",
                "proxy.istio.io/config": '{"holdApplicationUntilProxyStarts": true}',
            },
            "ownerReferences": [
                {
                    "apiVersion": "apps/v1",
                    "kind": "ReplicaSet",
                    "name": f"echo-v1-{TEMPLATE}",
                    "uid": "0d4a8f6c-8f0e-4a53-9d6e-2f8a0f6f3c11",
                    "controller": True,
                    "blockOwnerDeletion": True,
                }
            ],
            "managedFields": [
                {"manager": "kube-controller-manager", "operation": "Update", "apiVersion": "v1", "fieldsV1": managed}
            ],
        },
        "spec": {
            "containers": [
                {
                    "name": "app",
                    "image": "registry.example.com/echo:1.2.3",
                    "args": ["--grpc=17070", "--metrics=15014", "--forward=xds:///echo.bench.svc.cluster.local:7070"],
                    "ports": [{"name": "grpc", "containerPort": 17070, "protocol": "TCP"}],
                    "env": [
                        {"name": f"SETTING_{number}", "value": f"value of setting {number}"} for number in range(6)
                    ],
                    "resources": {"requests": {"cpu": "100m", "memory": "128Mi"}, "limits": {"memory": "256Mi"}},
                    "volumeMounts": [
                        {"name": "data", "mountPath": "/data"},
                        {
                            "name": f"kube-api-access-{TOKEN}",
                            "readOnly": True,
                            "mountPath": "/var/run/secrets/kubernetes.io/serviceaccount",
                        },
                    ],
                    "readinessProbe": {"grpc": {"port": 17070}, "periodSeconds": 5},
                    "imagePullPolicy": "IfNotPresent",
                }
            ],
            "volumes": [
                {"name": "data", "emptyDir": {}},
                {
                    "name": f"kube-api-access-{TOKEN}",
                    "projected": {
                        "sources": [{"serviceAccountToken": {"expirationSeconds": 3607, "path": "token"}}],
                        "defaultMode": 420,
                    },
                },
            ],
            "restartPolicy": "Always",
            "terminationGracePeriodSeconds": 30,
            "dnsPolicy": "ClusterFirst",
            "serviceAccountName": "default",
            "serviceAccount": "default",
            "schedulerName": "default-scheduler",
            "tolerations": [
                {
                    "key": "node.kubernetes.io/not-ready",
                    "operator": "Exists",
                    "effect": "NoExecute",
                    "tolerationSeconds": 300,
                }
            ],
            "priority": 0,
            "enableServiceLinks": True,
            "preemptionPolicy": "PreemptLowerPriority",
        },
    }
