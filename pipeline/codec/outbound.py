"""Output records (stage changes, scores, signals) read back, in whatever form they were written."""

from __future__ import annotations

from typing import Any

import orjson


def decode_output(value: bytes) -> dict[str, Any]:
    """The document in the value of an output record; instants as ISO-8601 text with milliseconds.

    Raises ValueError, with a message for people, for bytes that no release of ours wrote.
    """
    document = orjson.loads(value)
    if not isinstance(document, dict):
        raise ValueError("not an output record: an object is expected")  # noqa: TRY004 - the bytes are wrong
    return document
