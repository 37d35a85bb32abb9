"""Settings of our injector, of Istio's and of the mesh, of every shape: for test_never_refused."""

from hypothesis import strategies as st

from inject.acceptable_values import ADDRESSES, IMAGES, NUMBERS, QUANTITIES, WORDS

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
