"""A JSON Schema that the caller wrote, and a value → what in the value does not fit.

Callers declare the parameters of their tools and the form of JSON answers. What they write may be
no schema at all; such a schema judges nothing.
"""

from __future__ import annotations

import json
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NoReturn

from conformance.contract import escape
from conformance.rules.wording import quote, quote_all

if TYPE_CHECKING:
    from jsonschema_rs import ValidationError

__all__ = ["is_schema", "misfits"]

# More misfits than this say no more about the cause.
_MOST = 20


def is_schema(schema: object) -> bool:
    """A caller's schema is valid and needs no other document."""
    return _validator_of(schema) is not None


def misfits(schema: object, value: object) -> list[str]:
    """What in a value does not fit a caller's schema, each with its place as a JSON Pointer.

    Nothing when the schema is not valid. References to other documents are not followed: a schema
    that needs one judges nothing.
    """
    validator = _validator_of(schema)
    if validator is None:
        return []
    found: list[str] = []
    try:
        for error in validator.iter_errors(value):
            found.append(_why(error))
            if len(found) == _MOST:
                break
    except (TypeError, ValueError, OverflowError, RecursionError):
        return []  # a number or a depth that the validator cannot take
    return found


def _validator_of(schema: object) -> Any:
    try:
        text = json.dumps(schema)
    except (TypeError, ValueError, RecursionError):
        return None
    return _validator(text)


@lru_cache(maxsize=256)
def _validator(text: str) -> Any:
    # Deferred: loading the extension is a good part of the start-up time.
    from jsonschema_rs import ReferencingError, validator_for

    try:
        return validator_for(json.loads(text), validate_formats=False, retriever=_refuse)
    except (ReferencingError, TypeError, ValueError, OverflowError, RecursionError):
        return None


def _refuse(uri: str) -> NoReturn:
    raise ValueError(f"not fetched: {uri}")


def _why(error: ValidationError) -> str:
    pointer = "".join("/" + escape(token) for token in error.instance_path)
    keyword, detail = error.kind.name, error.kind.as_dict()
    if keyword == "required":
        return f"{quote(pointer + '/' + escape(detail['property']))} is missing"
    if keyword == "additionalProperties":
        names = quote_all(f"{pointer}/{escape(name)}" for name in detail["unexpected"])
        return f"{names} not declared"
    found = f"{quote(pointer or '/')} is {quote(error.instance)}"
    if keyword == "type":
        return f"{found}, not {' or '.join(str(each) for each in detail['types'])}"
    if keyword == "falseSchema":
        return f"{found}, where the schema allows nothing"
    return f"{found}, against its `{keyword}`"
