"""Records that cannot be applied, of every kind that producers have been seen to send."""

from __future__ import annotations

import json
from collections.abc import Callable
from random import Random

from pipeline.codec.instants import format_instant

Make = Callable[[dict[str, object]], bytes]


def _with(**changes: object) -> Make:
    return lambda document: json.dumps(document | changes).encode()


def _without(name: str) -> Make:
    return lambda document: json.dumps({key: value for key, value in document.items() if key != name}).encode()


def _raw(value: bytes) -> Make:
    return lambda _: value


KINDS: dict[str, Make] = {
    "cut off": lambda document: json.dumps(document).encode()[:-9],
    "not JSON": _raw(b"event_id=17&type=web.page_viewed"),
    "not UTF-8": lambda document: json.dumps(document).encode().replace(b"vis-", b"vis-\xff\xfe"),
    "lone surrogate": lambda document: json.dumps(document).encode().replace(b"vis-", b"vis-\\ud800"),
    "not an object": _raw(b'["web.page_viewed"]'),
    "NaN": lambda document: json.dumps(document | {"properties": {"seconds": float("nan")}}).encode(),
    "unknown Avro schema": _raw(b"\x00\x00\x00\xff\xff\x06e-1"),
    "five bytes that claim millions": _raw(b"\x00\xfe\xff\xff\x7f"),
    "nested 10,000 deep": _raw(b'{"properties":' * 10_000),
    "nested too deep": _with(properties={"a": {"b": {"c": {"d": {"e": 1}}}}}),
    "too many properties": _with(properties={f"p{number}": number for number in range(300)}),
    "no event_id": _without("event_id"),
    "no type": _without("type"),
    "a type without a dot": _with(type="pageview"),
    "a number for an identifier": _with(visitor_id=17),
    "no offset": _with(occurred_at="2026-03-02T09:30:00"),
    "seconds as a float": _with(occurred_at=1772443800.5),
    "nobody": _with(visitor_id="null"),
    "zeros": _with(visitor_id="00000000-0000-0000-0000-000000000000"),
    "a visitor as lead_id": _with(lead_id="v:17"),
    "an address as external id": _with(external_ids={"email": "ann@acme.example"}),
    "too large": _with(properties={"text": "x" * 300_000}),
}
"""What is wrong → how to make such a record out of a good one's document."""


def make_poison(random: Random, name: str, instant: int) -> tuple[str, bytes]:
    """One bad record: what is wrong with it, and its bytes (never blank, never a line end in them)."""
    kinds = list(KINDS)
    # 300 KB a piece: seldom, so that they do not fill the file.
    kind = random.choices(kinds, weights=[1 if kind == "too large" else 10 for kind in kinds])[0]
    document: dict[str, object] = {
        "event_id": name,
        "type": "web.page_viewed",
        "occurred_at": format_instant(instant),
        "visitor_id": f"vis-{name}",
        "properties": {"path": "/pricing"},
    }
    return kind, KINDS[kind](document)
