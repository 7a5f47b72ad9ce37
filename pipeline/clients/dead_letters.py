"""Dead letters: reading them, and sending them back where they came from."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from aiokafka.structs import ConsumerRecord

from pipeline.clients.connection import producer, text_of
from pipeline.clients.reading import read
from pipeline.errors import InputError
from pipeline.settings import Settings
from pipeline.topics import CONSUMED, dead_letters, names

_PREFIX = "__streams.errors."
_REASON = "leadtide-reason"


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """One dead letter. `id` is its own place, `topic/partition/offset`; the rest says where it came from and why."""

    id: str
    reason: str
    message: str
    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes | None], ...]
    """As they came, without those that the worker added."""

    @classmethod
    def of(cls, record: ConsumerRecord[bytes, bytes]) -> DeadLetter:
        """Read a record of a dead-letter topic."""
        headers = record.headers
        return cls(
            id=f"{record.topic}/{record.partition}/{record.offset}",
            reason=text_of(_REASON, headers) or "unknown",
            message=text_of(_PREFIX + "message", headers) or "",
            topic=text_of(_PREFIX + "topic", headers) or record.topic.removesuffix(".dlq"),
            partition=int(text_of(_PREFIX + "partition", headers) or record.partition),
            offset=int(text_of(_PREFIX + "offset", headers) or -1),
            key=record.key,
            value=record.value,
            headers=tuple((name, value) for name, value in headers if not _is_ours(name)),
        )

    def document(self, *, whole: bool = False) -> dict[str, Any]:
        """JSON-ready; with `whole` its key, headers and value as text (bytes that are no text escaped)."""
        document: dict[str, Any] = {
            name: getattr(self, name) for name in ("id", "reason", "message", "topic", "partition", "offset")
        }
        document["sha256"] = sha256(self.value or b"").hexdigest()
        if whole:
            document["key"] = _text(self.key)
            document["headers"] = {name: _text(value) for name, value in self.headers}
            document["value"] = _text(self.value)
        return document


async def read_dead_letters(settings: Settings) -> AsyncGenerator[DeadLetter]:
    """All dead letters there are now. Raises BrokerError."""
    topics = names(map(dead_letters, CONSUMED), settings.kafka.topic_prefix)
    async with aclosing(read(settings, topics, from_beginning=True, follow=False)) as records:
        async for record in records:
            yield DeadLetter.of(record)


async def find_dead_letter(settings: Settings, identifier: str) -> DeadLetter:
    """The dead letter with this id. Raises InputError if there is none, BrokerError."""
    async with aclosing(read_dead_letters(settings)) as letters:
        async for letter in letters:
            if letter.id == identifier:
                return letter
    raise InputError(f"there is no dead letter {identifier}: `leadtide dlq list` shows the ids")


async def send_back(settings: Settings, letters: Iterable[DeadLetter]) -> int:
    """Send dead letters to the topics they came from: key, value and headers as they came. Raises BrokerError."""
    async with producer(settings) as client:
        sent = [
            await client.send(letter.topic, letter.value, key=letter.key, headers=list(letter.headers))
            for letter in letters
        ]
        await asyncio.gather(*sent)
    return len(sent)


def _is_ours(header: str) -> bool:
    return header.startswith(_PREFIX) or header == _REASON


def _text(value: bytes | None) -> str | None:
    return None if value is None else value.decode("utf-8", "backslashreplace")
