"""The forms in which a producer of ours sends an event."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from pipeline import registration
from pipeline.codec.avro_form import registered_encoder, single_object_encoder
from pipeline.codec.cloud_events import AVRO_TYPE, JSON_TYPE, binary_headers
from pipeline.codec.instants import format_instant
from pipeline.codec.registry import Registry
from pipeline.events import Event, topic_of
from pipeline.settings import Settings

Headers = list[tuple[str, bytes]]
Sending = Callable[[Event, bytes], tuple[bytes, Headers | None]]
"""From an event and the line that it was read from: the value and the headers to send."""


PRODUCER = "urn:leadtide:produce"
"""The source of a CloudEvent whose event names none: a CloudEvent has to have one."""


def AS_IT_IS(_event: Event, line: bytes) -> tuple[bytes, None]:  # noqa: N802 - the way that is meant if none is named
    """Send the line's bytes."""
    return line, None


async def sending_of(settings: Settings, form: Literal["json", "avro", "confluent"], *, cloudevents: bool) -> Sending:
    """How to send in a form. Raises InputError if `confluent` is asked for without a registry, and RegistryError."""
    encode = await _encoding(settings, form)
    if not cloudevents:
        return lambda event, line: (encode(event, line), None)
    media_type = (JSON_TYPE if form == "json" else AVRO_TYPE).encode()

    def send(event: Event, line: bytes) -> tuple[bytes, Headers]:
        headers = binary_headers(
            identifier=event.event_id,
            source=(event.source or PRODUCER).encode(),
            kind=event.type.encode(),
            time=format_instant(event.occurred_at),
            media_type=media_type,
        )
        return encode(event, line), headers

    return send


async def _encoding(settings: Settings, form: str) -> Callable[[Event, bytes], bytes]:
    if form == "json":
        return lambda _, line: line
    if form == "avro":
        encode = single_object_encoder()
        return lambda event, _: encode(event)
    registry = Registry(settings.registry)
    encoders = {
        subject.topic.name: registered_encoder(await registration.register(registry, settings, subject))
        for subject in registration.INBOUND
    }
    return lambda event, _: encoders[topic_of(event.type)](event)
