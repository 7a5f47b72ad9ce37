"""The published JSON Schema of the model file (draft-07): what editors and the loader both check."""

from __future__ import annotations

import json
from functools import lru_cache
from importlib.resources import files
from typing import Any

from jsonschema import Draft7Validator


@lru_cache(maxsize=1)
def schema_text() -> str:
    """The schema as it is published."""
    return (files("pipeline.models") / "data" / "scoring-model.schema.json").read_text(encoding="utf-8")


@lru_cache(maxsize=1)
def schema() -> dict[str, Any]:
    """The schema as data; not to be changed."""
    loaded: dict[str, Any] = json.loads(schema_text())
    return loaded


@lru_cache(maxsize=1)
def validator() -> Draft7Validator:
    """The validator of `schema()`."""
    return Draft7Validator(schema())


def resolve(reference: str) -> dict[str, Any]:
    """The definition that a `$ref` of the schema (`#/definitions/NAME`) means."""
    found: dict[str, Any] = schema()["definitions"][reference.rpartition("/")[2]]
    return found
