"""The Avro form of events, as producers of ours send it."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from pipeline.codec.avro import writer_of
from pipeline.codec.forms import confluent_prefix, single_object_prefix
from pipeline.codec.schemas import current, fingerprint_of
from pipeline.events import Event

Encode = Callable[[Event], bytes]


@cache
def single_object_encoder() -> Encode:
    """Events in single-object encoding, under the current schema."""
    return _encoder(single_object_prefix(fingerprint_of(current("event"))))


def registered_encoder(schema_id: int) -> Encode:
    """Events in Confluent's framing; `schema_id` is the registry's for the current schema."""
    return _encoder(confluent_prefix(schema_id))


def row_of(event: Event) -> dict[str, Any]:
    """The event as its Avro record holds it."""
    return {name: getattr(event, name) for name in Event.__dataclass_fields__}


def _encoder(prefix: bytes) -> Encode:
    write = writer_of(current("event"), prefix)
    return lambda event: write(row_of(event))
