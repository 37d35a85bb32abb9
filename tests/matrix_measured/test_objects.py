"""Addresses of objects at the API server. No cluster needed."""

import pytest

from matrix_measured.objects import path


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        (("v1", "Service", "shop", "cart"), "/api/v1/namespaces/shop/services/cart"),
        (("v1", "Namespace", "", "shop"), "/api/v1/namespaces/shop"),
        (("networking.istio.io/v1", "Gateway", "shop"), "/apis/networking.istio.io/v1/namespaces/shop/gateways"),
        (
            ("networking.istio.io/v1", "ServiceEntry", "shop"),
            "/apis/networking.istio.io/v1/namespaces/shop/serviceentries",
        ),
    ],
)
def test_a_kind_lives_where_the_api_server_has_it(asked: tuple[str, ...], found: str) -> None:
    assert path(*asked) == found
