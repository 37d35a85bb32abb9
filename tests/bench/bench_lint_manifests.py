"""Manifests for bench_lint.py: a mesh of any size, the same each time, in which every twelfth service has something wrong."""

NAMESPACE = """\
apiVersion: v1
kind: Namespace
metadata: {{name: team-{team}{labels}}}
---
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {{name: default, namespace: team-{team}}}
spec:
  mtls: {{mode: STRICT}}
"""
INJECTED = ", labels: {istio-injection: enabled}"
SERVICE = """\
apiVersion: v1
kind: Service
metadata:
  name: svc-{n}
  namespace: team-{team}
  labels: {{app: svc-{n}}}
spec:
  selector: {{app: svc-{n}}}
  ports:
  - {{name: grpc, port: 7070, targetPort: 17070}}
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: svc-{n}
  namespace: team-{team}
spec:
  replicas: 2
  selector:
    matchLabels: {{app: svc-{n}}}
  template:
    metadata:
      labels: {{app: svc-{n}, version: v1}}
      annotations:
        inject.istio.io/templates: grpc-agent
        proxy.istio.io/config: '{{"holdApplicationUntilProxyStarts": true}}'
        proxyless.dev/language: go
        proxyless.dev/grpc-version: 1.60.1
    spec:
      containers:
      - name: app
        image: registry.example.com/team-{team}/svc-{n}:1.{n}
        args: ["--port=17070"]
        ports:
        - containerPort: 17070
        resources:
          requests: {{cpu: 100m, memory: 64Mi}}
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata:
  name: svc-{n}
  namespace: team-{team}
spec:
  host: svc-{n}.team-{team}.svc.cluster.local
  trafficPolicy:
    tls: {{mode: ISTIO_MUTUAL}}
    loadBalancer: {{simple: ROUND_ROBIN}}
  subsets:
  - name: v1
    labels: {{version: v1}}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata:
  name: svc-{n}
  namespace: team-{team}
spec:
  hosts:
  - svc-{n}.team-{team}.svc.cluster.local
  http:
  - match:
    - uri: {{prefix: /shop.Cart/}}
      headers:
        x-tenant: {{exact: gold}}
    route:
    - destination: {{host: svc-{n}.team-{team}.svc.cluster.local, subset: v1}}
      weight: 100
    timeout: 30s
    retries: {{attempts: 3, retryOn: "unavailable,cancelled"}}
  - route:
    - destination: {{host: svc-{n}.team-{team}.svc.cluster.local, subset: v1}}
"""
WRONG = """\
    mirror: {{host: svc-{n}-next.team-{team}.svc.cluster.local}}
"""
PER_TEAM = 12
"""Services of one namespace: 50 objects with the two of its own."""


def manifests(objects: int, *, injected: bool = True) -> str:
    """Exactly that many objects as one YAML text.

    Args:
        objects: how many documents.
        injected: whether namespaces have the label for injection; without it the pods' template annotation is in vain,
            so that each Deployment has a finding as well.
    """
    parts: list[str] = []
    team = documents = 0
    while documents < objects:
        parts.append(NAMESPACE.format(team=team, labels=INJECTED if injected else ""))
        for n in range(PER_TEAM):
            text = SERVICE + (WRONG if n % 10 == 9 else "")
            parts.append(text.format(n=n, team=team))
        team += 1
        documents += 2 + 4 * PER_TEAM
    return "---\n".join("---\n".join(parts).split("---\n")[:objects])
