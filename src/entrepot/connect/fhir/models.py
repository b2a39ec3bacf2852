"""Resources are checked before they are sent: types and cardinalities by `fhir.resources`, codes by our own table."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from importlib import import_module
from typing import Any

from entrepot.connect.fhir.bindings import WrongCodes, check_codes
from entrepot.model.errors import StoreError

#: The version that is served: R4B.
VERSION = "4.3.0"
MEDIA = "application/fhir+json"


class NotR4B(Exception):
    """A resource that R4B does not allow. It names the elements, and not their values, which may concern health."""


def checked(resource: Mapping[str, Any]) -> Mapping[str, Any]:
    """A resource as it is. Raises NotR4B for one that R4B does not allow, StoreError where the library is missing."""
    kind = str(resource["resourceType"])
    model = model_of(kind)
    try:
        check_codes(model.model_validate(resource))
    except WrongCodes as error:
        raise NotR4B(", ".join(each.path for each in error.faults)) from None
    except ValueError as error:
        raise NotR4B(f"{kind}: {', '.join(_places(error)) or type(error).__name__}") from None
    return resource


def _places(error: Any) -> list[str]:
    """The elements that pydantic refuses."""
    found = error.errors(include_input=False, include_url=False) if hasattr(error, "errors") else []
    return [".".join(map(str, each["loc"])) for each in found]


@lru_cache(maxsize=32)
def model_of(kind: str) -> Any:
    """The model of a type of resource. Raises StoreError where the library is not installed."""
    try:
        # The models take a second to import: they are when the first resource is asked for.
        module = import_module(f"fhir.resources.R4B.{kind.lower()}")
    except ImportError:
        raise StoreError("FHIR needs fhir.resources: run pip install 'entrepot[services]'.") from None
    return getattr(module, kind)


def fhir_id(number: str) -> str:
    """An id as FHIR writes it, which has no underscore there.

    >>> fhir_id("dl_019ca6b1dc0070018000000000000000")
    'dl-019ca6b1dc0070018000000000000000'
    """
    return number.replace("_", "-")


def own_id(number: str) -> str:
    """An id of this node from one of FHIR.

    >>> own_id("dl-019ca6b1dc0070018000000000000000")
    'dl_019ca6b1dc0070018000000000000000'
    """
    return number.replace("-", "_", 1)


def without_empty(value: Mapping[str, Any]) -> dict[str, Any]:
    """An object without what is not known: FHIR has no empty values."""
    return {name: each for name, each in value.items() if each not in (None, "", [], {})}
