"""The records of `leads.rescore.v1`: what time it is, and which model is in force from then on. JSON."""

from __future__ import annotations

from typing import Any

import orjson

from pipeline.engine.activating import ModelChange
from pipeline.streaming.chunk import Record
from pipeline.streaming.items import Item, Rank, unreadable


def pack_tick(instant: int) -> bytes:
    """The value of a tick: "the time is `instant`" (ms)."""
    return orjson.dumps({"type": "tick", "instant": instant})


def pack_change(change: ModelChange) -> bytes:
    """The value of a change of model."""
    document = {"type": "model", "id": change.id, "instant": change.instant, "digest": change.digest}
    return orjson.dumps(document | {"renamed": dict(change.renamed), "text": change.text})


def rescore_item(record: Record) -> Item:
    """A record: `{"type": "tick", "instant": <ms>}`, or `{"type": "model", …}` with the fields of `ModelChange`."""
    try:
        message = orjson.loads(record.value or b"")
        kind, instant = message["type"], int(message["instant"])
        if kind == "tick":
            return Item(instant, Rank.TICK, "", record.offset, instant, record)
        if kind == "model":
            return Item(instant, Rank.MODEL, "", record.offset, _change(message, instant), record)
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError, AttributeError) as error:
        return unreadable(record, f"neither a tick nor a model: {error!r}")
    return unreadable(record, f"unknown type {kind!r}: 'tick' and 'model' are known")


def _change(message: dict[str, Any], instant: int) -> ModelChange:
    text, renamed = message["text"], message.get("renamed") or {}
    if not isinstance(text, str):
        raise TypeError("text is no text")
    return ModelChange(
        str(message["id"]), instant, text, str(message.get("digest", "")), {str(a): str(b) for a, b in renamed.items()}
    )
