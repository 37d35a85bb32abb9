"""Objects for tests of the command line: two with a finding, one without."""

MIRROR = """\
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: echo, namespace: shop}
spec:
  hosts: [echo.shop.svc.cluster.local]
  http:
  - route:
    - destination: {host: echo.shop.svc.cluster.local}
    mirror: {host: next.shop.svc.cluster.local}
"""
SHORT_MIRROR = """\
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: echo, namespace: shop}
spec:
  hosts: [echo]
  http:
  - route: [{destination: {host: echo}}]
    mirror: {host: next}
"""
"""The same finding in line 8, of hosts without a namespace."""
CLEAN = "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n"
