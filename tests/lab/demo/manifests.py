"""What the demo applies, as a person would write it (scenario S1)."""


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


def deployment(ns: str, version: str, image: str) -> str:
    """One version of echo, annotated as the guides have it."""
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
        inject.istio.io/templates: grpc-agent
        proxy.istio.io/config: '{{"holdApplicationUntilProxyStarts": true}}'
        proxyless.dev/language: python
    spec:
      terminationGracePeriodSeconds: 0
      containers:
      - name: app
        image: {image}
        args: [--version={version}]
        ports: [{{containerPort: 17070}}, {{containerPort: 17171}}]
"""


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
    """Three fields that gRPC clients do not know."""
    return f"""\
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
