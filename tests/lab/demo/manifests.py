"""What the demo applies, as a person would write it (scenario S1)."""

from lab.node.programs import PYTHON_NEWEST


def namespace(name: str) -> str:
    """Declared proxyless: pods are injected, what cannot work is refused."""
    return f"""\
apiVersion: v1
kind: Namespace
metadata:
  name: {name}
  labels:
    proxyless.dev/injection: enabled
    proxyless.dev/enforcement: strict
"""


def service(ns: str) -> str:
    """Port 7070 to 17070, and a control port."""
    return f"""\
apiVersion: v1
kind: Service
metadata: {{name: echo, namespace: {ns}}}
spec:
  selector: {{app: echo}}
  ports:
  - {{name: grpc, port: 7070, targetPort: 17070}}
  - {{name: http-control, port: 17171, targetPort: 17171}}
"""


def service_account(ns: str) -> str:
    """The one that every namespace has; only where no controller makes it."""
    return f"""\
apiVersion: v1
kind: ServiceAccount
metadata: {{name: default, namespace: {ns}}}
"""


def pod(ns: str, image: str) -> str:
    """One pod as the Deployment of v1 would make it."""
    return f"""\
apiVersion: v1
kind: Pod
metadata:
  name: echo-v1
  namespace: {ns}
  labels: {{app: echo, version: v1}}
  annotations:
{_annotations("direct", 4)}
spec:
  containers:
  - name: app
    image: {image}
    args: [--version=v1]
    ports: [{{containerPort: 17070}}, {{containerPort: 17171}}]
"""


def deployment(ns: str, version: str, image: str, *, xds: str = "direct") -> str:
    """One version of echo, annotated as the guides have it.

    It serves by xDS and calls by xDS, which is two streams for this release of gRPC, and the agent serves one: so it says
    which release it is and goes to istiod `direct`. With `xds="agent"` its streams would close each other for ever.
    """
    return f"""\
apiVersion: apps/v1
kind: Deployment
metadata: {{name: echo-{version}, namespace: {ns}}}
spec:
  selector: {{matchLabels: {{app: echo, version: {version}}}}}
  template:
    metadata:
      labels: {{app: echo, version: {version}}}
      annotations:
{_annotations(xds, 8)}
    spec:
      terminationGracePeriodSeconds: 0
      containers:
      - name: app
        image: {image}
        args: [--version={version}]
        ports: [{{containerPort: 17070}}, {{containerPort: 17171}}]
"""


def _annotations(xds: str, indent: int) -> str:
    lines = (
        "inject.istio.io/templates: grpc-agent",
        "proxy.istio.io/config: '{\"holdApplicationUntilProxyStarts\": true}'",
        "proxyless.dev/language: python",
        f"proxyless.dev/grpc-version: {PYTHON_NEWEST}",
        f"proxyless.dev/xds: {xds}",
    )
    return "\n".join(" " * indent + line for line in lines)


def subsets(ns: str) -> str:
    """Subsets by the label version."""
    return f"""\
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {{name: echo-versions, namespace: {ns}}}
spec:
  host: echo.{ns}.svc.cluster.local
  subsets:
  - {{name: v1, labels: {{version: v1}}}}
  - {{name: v2, labels: {{version: v2}}}}
"""


def weights(ns: str) -> str:
    """20 to v1, 80 to v2."""
    return f"""\
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {{name: echo-weights, namespace: {ns}}}
spec:
  hosts: [echo.{ns}.svc.cluster.local]
  http:
  - route:
    - destination: {{host: echo.{ns}.svc.cluster.local, subset: v1}}
      weight: 20
    - destination: {{host: echo.{ns}.svc.cluster.local, subset: v2}}
      weight: 80
"""


def unsupported(ns: str) -> str:
    """A Service, and a route with three fields that gRPC clients do not know."""
    return f"""\
apiVersion: v1
kind: Service
metadata: {{name: features, namespace: {ns}}}
spec:
  selector: {{app: echo}}
  ports:
  - {{name: grpc, port: 7070, targetPort: 17070}}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {{name: echo-features, namespace: {ns}}}
spec:
  hosts: [features.{ns}.svc.cluster.local]
  http:
  - rewrite: {{uri: /echo.v2.Echo/Call}}
    mirror: {{host: echo.{ns}.svc.cluster.local}}
    retries: {{attempts: 2, perTryTimeout: 1s, retryOn: unavailable}}
    route:
    - destination: {{host: echo.{ns}.svc.cluster.local}}
"""


def client_mtls(ns: str) -> str:
    """Clients speak mTLS."""
    return f"""\
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {{name: echo-mtls, namespace: {ns}}}
spec:
  host: echo.{ns}.svc.cluster.local
  trafficPolicy:
    tls: {{mode: ISTIO_MUTUAL}}
"""


def peer_authentication(ns: str, mode: str) -> str:
    """Servers of the namespace, as a whole."""
    return f"""\
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {{name: echo-strict, namespace: {ns}}}
spec:
  mtls: {{mode: {mode}}}
"""
