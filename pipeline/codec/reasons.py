"""Why a record is a dead letter. The codes are part of the contract: dashboards and `leadtide dlq` name them."""

from __future__ import annotations

from enum import StrEnum


class Reason(StrEnum):
    """The reason codes of the decoder (the engine adds its own, such as an unknown stage)."""

    NULL_VALUE = "null_value"
    """The record has no value (a tombstone)."""
    TOO_LARGE = "too_large"
    """More than 256 KiB."""
    UNSUPPORTED_FORMAT = "unsupported_format"
    """The first bytes or the headers announce a form that cannot be read here (a registry's, where none is set up)."""
    UNKNOWN_SCHEMA = "unknown_schema"
    """Avro whose schema neither the registry nor this release knows."""
    UNUSABLE_SCHEMA = "unusable_schema"
    """Avro whose schema is no event's, is recursive, or is larger than is safe."""
    BAD_AVRO = "bad_avro"
    """Bytes that are not what their schema says: cut off, with something behind, or claiming more than there is."""
    NOT_JSON = "not_json"
    """Not JSON in UTF-8 (NaN, infinite numbers and lone surrogates are not JSON)."""
    NOT_AN_OBJECT = "not_an_object"
    """JSON, but not an object."""
    TOO_DEEP = "too_deep"
    """Values nested deeper than can be kept: four levels under `properties`."""
    TOO_MANY_PROPERTIES = "too_many_properties"
    """A map with more than 256 keys (`properties`: after flattening)."""
    MISSING_FIELD = "missing_field"
    """`event_id`, `type` or `occurred_at` is not there."""
    BAD_FIELD = "bad_field"
    """A field has the wrong type or form."""
    BAD_TIME = "bad_time"
    """`occurred_at` is no instant between 1970 and 9999, or has no offset."""
    NO_IDENTITY = "no_identity"
    """No identifier, or only fillers such as 'null'."""
    RESERVED_IDENTITY = "reserved_identity"
    """A `lead_id` beginning `v:`, or an external id named `email`."""


class UnreadableError(Exception):
    """Raised inside the codec to leave nested readers; `decode` turns it into a Rejection."""

    def __init__(self, reason: Reason, message: str) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message
