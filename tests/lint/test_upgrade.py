"""What an upgrade report says changes: findings and fields, and nothing that merely names another release."""

from proxyless.adapters.manifests import read_text
from proxyless.lint.mesh_settings import MeshSettings
from proxyless.lint.rules import ALL
from proxyless.lint.select import Selection
from proxyless.lint.upgrade import Upgrade, UpgradeSide, compare
from proxyless.model.client import Language
from proxyless.model.snapshot import Snapshot
from proxyless.model.version import Version

RULE = """
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: echo, namespace: shop}
spec:
  host: echo.shop.svc.cluster.local
  trafficPolicy:
    tls: {mode: ISTIO_MUTUAL}
    loadBalancer: {simple: LEAST_REQUEST}
    connectionPool: {http: {http2MaxRequests: 10}}
"""
WEB = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata:
      labels: {app: web}
      annotations:
        inject.istio.io/templates: grpc-agent
        proxyless.dev/language: LANGUAGE
        proxyless.dev/grpc-version: "1.60"
    spec:
      containers:
      - name: app
        image: example.org/web:1
        args: ["xds:///echo.shop.svc.cluster.local:7070", "xds:///pay.shop.svc.cluster.local:7070"]
"""


def upgrade(text: str, istio: tuple[str, str] | None = None, go: tuple[str, str] | None = None) -> Upgrade:
    read = read_text(text, "file")
    assert not read.problems
    before, after = (
        UpgradeSide(
            Version.parse(istio[side]) if istio else None,
            {Language.GO: Version.parse(go[side])} if go else {},
        )
        for side in (0, 1)
    )
    bodies = [repr(item.body) for item in read.resources]
    found = compare(ALL, Snapshot(read.resources), MeshSettings(), (before, after), Selection())
    assert [repr(item.body) for item in read.resources] == bodies
    assert not found.notices
    return found


def codes(found: Upgrade) -> tuple[list[str], list[str], list[str]]:
    return (
        [item.code for item in found.new],
        [item.code for item in found.gone],
        [two.code for _, two in found.changed],
    )


def test_istio_alone_with_an_old_library() -> None:
    found = upgrade(f"{RULE}---{WEB.replace('LANGUAGE', 'go')}", istio=("1.28", "1.31"))
    assert codes(found) == ([], ["PX408"], ["PX402"])
    before, after = found.changed[0]
    assert (before.severity.word, after.severity.word) == ("warning", "error")
    assert [
        (item.row.rpartition(".")[2], item.before.verdict.value, item.after.verdict.value) for item in found.fields
    ] == [
        ("LEAST_REQUEST", "ignored", "rejected"),
        ("http2MaxRequests", "ignored", "supported"),
    ]


def test_a_library_alone_wins_over_what_the_workload_says() -> None:
    found = upgrade(f"{RULE}---{WEB.replace('LANGUAGE', 'go')}", go=("1.65", "1.85"))
    assert codes(found)[0] == ["PX109"]
    assert [(item.before.verdict.value, item.after.verdict.value) for item in found.fields] == [
        ("rejected", "supported")
    ]


def test_a_library_with_a_known_istio() -> None:
    text = f"{RULE}---{WEB.replace('LANGUAGE', 'go')}"
    found = upgrade(text, istio=("1.31", "1.31"), go=("1.65", "1.85"))
    assert codes(found) == (["PX109"], ["PX402"], [])
    assert [(item.before.verdict.value, item.after.verdict.value) for item in found.fields] == [
        ("rejected", "supported")
    ]


def test_workloads_in_other_languages_stay_as_they_are() -> None:
    found = upgrade(WEB.replace("LANGUAGE", "python"), go=("1.65", "1.85"))
    assert codes(found) == ([], [], [])


def test_nothing_changes_between_like_releases() -> None:
    found = upgrade(f"{RULE}---{WEB.replace('LANGUAGE', 'go')}", istio=("1.30", "1.30"), go=("1.84", "1.85"))
    assert not found, found


def test_without_workloads_the_named_library_is_judged() -> None:
    found = upgrade(RULE, istio=("1.31", "1.31"), go=("1.65", "1.85"))
    assert codes(found) == ([], ["PX402"], [])
