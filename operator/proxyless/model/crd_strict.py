"""What a ProxylessMesh says of strict namespaces. Part of ``model.crd``."""

from typing import Annotated, Literal

from pydantic import Field

from proxyless.model.crd_texts import Model


class StrictSpec(Model):
    """What the teams of strict namespaces may do themselves."""

    may_excuse: Annotated[
        tuple[Literal["annotations", "policies"], ...],
        Field(max_length=2, json_schema_extra={"x-kubernetes-list-type": "set"}),
    ] = ()
    """Who, beside this object, may excuse what admission denies in namespaces labeled strict. annotations: the author of
    an object, by proxyless.dev/ignore. policies: whoever writes ProxylessPolicies there, by exceptions or enforcement.
    Each such excuse must expire. Without it: nobody."""
