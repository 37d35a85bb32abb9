"""Texts and the base class of our own kinds' models: each form is checked by the API server (CEL) and by the model alike.

Used by ``crd`` and ``crd_status``.
"""

import re
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from proxyless.errors import InputError
from proxyless.model import forms
from proxyless.model.forms import Form
from proxyless.model.version import Version

RULE = r"^PX([0-9]{3}|[0-9]{0,2}[*])$"
CODE = r"^PX[0-9]{3}$"
ENTRIES = 64
"""Most entries of one list; keeps objects small and the cost of CEL rules bounded."""


def check(rule: str, message: str) -> dict[str, Any]:
    """A CEL rule for a field of the CRD, with the words that the API server refuses by."""
    return {"x-kubernetes-validations": [{"rule": rule, "message": message}]}


def _version(text: str) -> str:
    try:
        Version.parse(text)
    except InputError as error:
        raise ValueError(str(error)) from None
    return text


_VERSION_CEL = check(
    r"self.matches('^v?[0-9]{1,9}[.][0-9]{1,9}([.][0-9]{1,9})?([-+._][0-9A-Za-z.+_~-]*)?$')",
    "must be a version such as 1.31.0 or 1.66",
)


def _rule(text: str) -> str:
    if not re.search(RULE, text):
        raise ValueError("must be a rule's code such as PX301, or a prefix with a star such as PX5*")
    return text


def _code(text: str) -> str:
    if not re.search(CODE, text):
        raise ValueError("must be one rule's code such as PX301; prefixes excuse too much")
    return text


VersionText = Annotated[str, AfterValidator(_version), Field(max_length=63, json_schema_extra=_VERSION_CEL)]
RuleText = Annotated[
    str,
    AfterValidator(_rule),
    Field(
        max_length=6,
        json_schema_extra=check(
            f"self.matches('{RULE}')", "must be a rule's code such as PX301, or a prefix with a star such as PX5*"
        ),
    ),
]
CodeText = Annotated[
    str,
    AfterValidator(_code),
    Field(
        max_length=6,
        json_schema_extra=check(
            f"self.matches('{CODE}')", "must be one rule's code such as PX301; prefixes excuse too much"
        ),
    ),
]


def _of(form: Form) -> tuple[Any, Any]:
    """What makes a text one of a form: the same pattern for the API server, as CEL, and for objects stored before."""

    def _fits(text: str) -> str:
        if reason := form.wrong(text):
            raise ValueError(reason)
        return text

    rule = f"self.matches('{form.pattern}')".replace("\\", "\\\\")
    schema = check(rule, form.message)
    return AfterValidator(_fits), Field(min_length=form.shortest, max_length=form.longest, json_schema_extra=schema)


Quantity = Annotated[str, *_of(forms.QUANTITY)]
Image = Annotated[str, *_of(forms.IMAGE)]
Address = Annotated[str, *_of(forms.ADDRESS)]
LabelValue = Annotated[str, *_of(forms.LABEL_VALUE)]
DnsLabel = Annotated[str, *_of(forms.DNS_LABEL)]
Domain = Annotated[str, *_of(forms.DOMAIN)]
Identifier = Annotated[str, *_of(forms.ID)]


def _camel(name: str) -> str:
    """``mesh_id`` as ``meshID``, the spelling of Istio and Kubernetes; all others as usual."""
    return re.sub(r"Id$", "ID", to_camel(name))


class Model(BaseModel):
    """Frozen, camelCase in YAML. Unknown fields are refused: a typo must not read as "not said"."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", alias_generator=_camel, populate_by_name=True, use_attribute_docstrings=True
    )
