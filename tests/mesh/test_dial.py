"""Which host a target means."""

import pytest

from proxyless.mesh.dial import Dialed, dialed_host


@pytest.mark.parametrize(
    ("target", "host", "port"),
    [
        ("echo.shop.svc.cluster.local:7070", "echo.shop.svc.cluster.local", 7070),
        ("echo:7070", "echo.web.svc.cluster.local", 7070),
        ("echo", "echo.web.svc.cluster.local", None),
        ("echo.web:7070", "echo.web.svc.cluster.local", 7070),
        ("echo.web.svc:7070", "echo.web.svc.cluster.local", 7070),
        ("echo.shop:7070", "echo.shop", 7070),
        ("api.example.org:443", "api.example.org", 443),
    ],
)
def test_only_names_of_the_own_namespace_are_completed(target: str, host: str, port: int | None) -> None:
    assert dialed_host(target, "web") == Dialed(host, port)
