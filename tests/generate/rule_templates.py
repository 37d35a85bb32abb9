"""What ``generate.new_rule`` writes: texts with ``@code@``, ``@slug@``, ``@kind@``, ``@body@`` and
``@body_flagged@`` to be replaced."""

_DEPLOYMENT = """apiVersion: apps/v1
kind: Deployment
metadata: {name: cart, namespace: shop}
spec:
  selector: {matchLabels: {app: cart}}
  template:
    metadata:
      labels: {app: cart}
      annotations: {inject.istio.io/templates: grpc-agent}
    spec:
      containers:
      - {name: cart, image: "cart:1"}"""
_SERVICE = """apiVersion: v1
kind: Service
metadata: {name: cart, namespace: shop}
spec:
  selector: {app: cart}
  ports: [{name: grpc, port: 7070}]"""
_PEER_AUTHENTICATION = """apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: shop, namespace: shop}
spec:
  mtls: {mode: STRICT}"""
_DESTINATION_RULE = """apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: cart, namespace: shop}
spec:
  host: cart.shop.svc.cluster.local"""
_VIRTUAL_SERVICE = """apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: cart, namespace: shop}
spec:
  hosts: [cart.shop.svc.cluster.local]
  http:
  - route: [{destination: {host: cart.shop.svc.cluster.local}}]"""
_AUTHORIZATION_POLICY = """apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: cart, namespace: shop}
spec:
  selector: {matchLabels: {app: cart}}
  rules: [{to: [{operation: {paths: [/cart.Cart/*]}}]}]"""
_GATEWAY = """apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: edge, namespace: shop}
spec:
  selector: {istio: ingressgateway}
  servers: [{port: {number: 80, name: grpc, protocol: GRPC}, hosts: ["*"]}]"""

OBJECTS = {
    "1": ("Deployment", _DEPLOYMENT),
    "2": ("Service", _SERVICE),
    "3": ("PeerAuthentication", _PEER_AUTHENTICATION),
    "4": ("DestinationRule", _DESTINATION_RULE),
    "5": ("VirtualService", _VIRTUAL_SERVICE),
    "6": ("AuthorizationPolicy", _AUTHORIZATION_POLICY),
    "7": ("Gateway", _GATEWAY),
    "8": ("Deployment", _DEPLOYMENT),
    "9": ("Deployment", _DEPLOYMENT),
}
"""By the first digit of a code: the kind that its rules are mostly about, and an object of it."""

MODULE = '''"""@code@: WRITE the one sentence that says what goes wrong and why."""

from collections.abc import Iterator

from proxyless.lint.rule import Hit, Rule
from proxyless.lint.world import World
from proxyless.model.finding import Severity
from proxyless.model.resource import Resource

_FIELD = "WRITE"


def check(subject: Resource, _: World) -> Iterator[Hit]:
    """One hit where the field is there."""
    if _FIELD in subject.spec:
        yield Hit(("spec", _FIELD), "WRITE the value that stands there and its consequence.")


RULE = Rule(
    code="@code@",
    slug="@slug@",
    summary="WRITE what is wrong, for the list of rules.",
    severity=Severity.WARNING,
    kinds=("@kind@",),
    check=check,
    remedy="WRITE what to write instead.",
    evidence=("WRITE a row of the matrix, a failure mode, or what was run",),
)
'''

PAGE = """# @code@ @slug@

## Summary
WRITE what is wrong, in one sentence.

## Why
WRITE what istiod sends, what the library does with it, and what the user sees.

## Flagged
```yaml
@body_flagged@
```

## Clean
```yaml
@body@
```

## Remedy
WRITE what to write instead.

No fix: WRITE why, or give the hits a fix and write what tests/lint/test_fixes.py asks for.

## Evidence
WRITE a row of the matrix, a failure mode, or what was run with which releases.

## Since
0.1.0
"""
