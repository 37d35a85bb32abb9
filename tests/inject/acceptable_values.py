"""Single values of settings and annotations, right and wrong. Called by ``acceptable_meshes`` and ``acceptable_pods``."""

from hypothesis import strategies as st

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
