"""Objects for tests of the command line: one with a finding, one without."""

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
CLEAN = "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n"
