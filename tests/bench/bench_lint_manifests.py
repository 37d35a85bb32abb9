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
        {library}
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
OLD = "proxyless.dev/grpc-version: 1.60.1"
NEW = """proxyless.dev/grpc-version: 1.85.0
        proxyless.dev/targets: \'0\'"""
"""The older one has a defect with policies, the newer one needs to know that it has one stream: each would have a finding."""
POLICY = """\
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata:
  name: svc-{n}
  namespace: team-{team}
spec:
  selector:
    matchLabels: {{app: svc-{n}}}
  action: ALLOW
  rules:
  - from:
    - source:
        principals: ["cluster.local/ns/team-{team}/sa/caller"]
    to:
    - operation:
        paths: ["/shop.Cart/*"]
"""
"""For each service of a mixed mesh."""
TEAM = """\
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: caller
  namespace: team-{team}
spec:
  selector:
    matchLabels: {{app: caller}}
  template:
    metadata:
      labels: {{app: caller}}
      annotations:
        inject.istio.io/templates: grpc-agent
        proxy.istio.io/config: '{{"holdApplicationUntilProxyStarts": true}}'
        proxyless.dev/language: go
        proxyless.dev/grpc-version: 1.85.0
    spec:
      serviceAccountName: caller
      containers:
      - name: app
        image: registry.example.com/team-{team}/caller:1.0
        args: ["--target=xds:///svc-0.team-{team}.svc.cluster.local:7070"]
---
apiVersion: v1
kind: Service
metadata:
  name: web
  namespace: team-{team}
spec:
  selector: {{app: web}}
  ports:
  - {{name: http, port: 80, targetPort: 8080}}
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  namespace: team-{team}
spec:
  selector:
    matchLabels: {{app: web}}
  template:
    metadata:
      labels: {{app: web}}
    spec:
      containers:
      - name: web
        image: registry.example.com/team-{team}/web:1.0
        ports:
        - containerPort: 8080
---
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata:
  name: bank
  namespace: team-{team}
spec:
  hosts: [bank-{team}.example.com]
  location: MESH_EXTERNAL
  resolution: DNS
  ports:
  - {{name: https, number: 443, protocol: TLS}}
"""
"""For each namespace of a mixed mesh: a client that dials ``xds:///``, a workload with a sidecar, a host outside."""
PER_TEAM = 12
"""Services of one namespace: 50 objects with the two of its own."""


def manifests(objects: int, *, injected: bool = True, mixed: bool = False) -> str:
    """Exactly that many objects as one YAML text.

    Args:
        objects: how many documents.
        injected: whether namespaces have the label for injection; without it the pods' template annotation is in vain,
            so that each Deployment has a finding as well.
        mixed: whether there are policies for each service, clients with targets, workloads with sidecars and hosts outside.
    """
    library = NEW if mixed else OLD
    parts: list[str] = []
    team = documents = 0
    while documents < objects:
        own = NAMESPACE + (TEAM if mixed else "")
        parts.append(own.format(team=team, labels=INJECTED if injected else ""))
        for n in range(PER_TEAM):
            text = SERVICE + (WRONG if n % 10 == 9 else "") + (POLICY if mixed else "")
            parts.append(text.format(n=n, team=team, library=library))
        team += 1
        documents += 6 + 5 * PER_TEAM if mixed else 2 + 4 * PER_TEAM
    return "---\n".join("---\n".join(parts).split("---\n")[:objects])
