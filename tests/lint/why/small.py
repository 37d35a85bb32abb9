"""A small mesh for ``why``: ``web/cart`` calls the Service ``shop/api``, both proxyless, written as YAML."""

from proxyless.adapters.manifests import read_text
from proxyless.lint.mesh_settings import MeshSettings
from proxyless.lint.select import Selection
from proxyless.lint.why.answer import WhyAnswer, answer
from proxyless.lint.why.question import Question
from proxyless.lint.world import World
from proxyless.mesh.effective.call import Call
from proxyless.model.path import show
from proxyless.model.snapshot import Snapshot

HOST = "api.shop.svc.cluster.local"
GET = "/shop.Api/Get"
BASE = """
apiVersion: v1
kind: Namespace
metadata: {name: web, labels: {istio-injection: enabled}}
---
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {istio-injection: enabled}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: cart, namespace: web}
spec:
  selector: {matchLabels: {app: cart}}
  template:
    metadata:
      labels: {app: cart}
      annotations:
        inject.istio.io/templates: grpc-agent
        proxyless.dev/language: go
        proxyless.dev/grpc-version: 1.85.0
        proxyless.dev/targets: "1"
        proxyless.dev/server: "false"
    spec: {serviceAccountName: cart, containers: [{name: app, image: app}]}
---
apiVersion: v1
kind: Service
metadata: {name: api, namespace: shop}
spec: {selector: {app: api}, ports: [{name: grpc, port: 7070}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: api, namespace: shop}
spec:
  selector: {matchLabels: {app: api}}
  template:
    metadata:
      labels: {app: api, version: v1}
      annotations: {inject.istio.io/templates: grpc-agent, proxyless.dev/language: go, proxyless.dev/grpc-version: 1.85.0}
    spec: {containers: [{name: app, image: app, ports: [{containerPort: 7070}]}]}
"""
MUTUAL = f"""---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {{name: api, namespace: shop}}
spec:
  host: {HOST}
  trafficPolicy: {{tls: {{mode: ISTIO_MUTUAL}}}}
  subsets: [{{name: v1, labels: {{version: v1}}}}, {{name: v2, labels: {{version: v2}}}}]
"""
STRICT = """---
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: strict, namespace: shop}
spec: {mtls: {mode: STRICT}}
"""


def routes(*entries: str) -> str:
    """A VirtualService for the Service; each entry is one of ``http`` in flow style."""
    listed = "".join(f"\n  - {entry}" for entry in entries)
    return f"""---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {{name: api, namespace: shop}}
spec:
  hosts: [{HOST}]
  http:{listed}
"""


def to(subset: str = "", **more: str) -> str:
    """One entry of ``http``; ``more`` are its other fields in flow style."""
    part = f", subset: {subset}" if subset else ""
    fields = "".join(f"{key}: {value}, " for key, value in more.items())
    return f"{{{fields}route: [{{destination: {{host: {HOST}{part}}}}}]}}"


def policy(rules: str, action: str = "ALLOW") -> str:
    """An AuthorizationPolicy of the server's namespace; ``rules`` in flow style."""
    return f"""---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {{name: gate, namespace: shop}}
spec: {{action: {action}, rules: {rules}}}
"""


def world_of(text: str, settings: MeshSettings | None = None, complete: tuple[str, ...] = ()) -> World:
    """The objects of a text."""
    read = read_text(text, "mesh.yaml")
    assert not read.problems, read.problems
    return World(Snapshot(read.resources, complete=complete), settings)


def ask(
    world: World, target: str = f"{HOST}:7070", method: str = GET, client: str = "cart", **metadata: str
) -> WhyAnswer:
    """What ``why`` says of a call of one workload."""
    workload = next(item for item in world.workloads if item.resource.name == client)
    return answer(Question(world, workload, target, Call(method, metadata)), Selection())


def decided_by(found: WhyAnswer) -> str:
    """The object and field that decide the answer; empty where none does."""
    because = found.outcome.end.because
    return f"{because.resource.ref} {show(because.path)}".strip() if because.resource is not None else ""


def fix_of(found: WhyAnswer) -> str:
    """The one change that repairs the call; empty where there is none."""
    return found.repair.text if found.repair is not None else ""
