"""The schemas that records may be written with: those pinned in this release, and those that a registry knows."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Mapping
from typing import Protocol
from uuid import UUID

from pipeline.codec.avro import Read, reader_of
from pipeline.codec.forms import SchemaRef
from pipeline.codec.reasons import Reason, UnreadableError
from pipeline.codec.schemas import Schema, current, fingerprint_of, history

logger = logging.getLogger(__name__)

MAX_KEPT = 4_096
"""Answers of the registry that are remembered, the unknown ids among them."""
_FIRST_PAUSE_SECONDS = 0.2
_LONGEST_PAUSE_SECONDS = 30.0


class SchemaAwaited(Exception):  # noqa: N818 - no error: the record can be read later
    """The registry has not yet said what this schema is: try the record again soon, and nothing behind it before."""


class UnreachableError(Exception):
    """A registry that gives no answer now. The text says what it did instead."""


class SchemaSource(Protocol):
    """Where schemas are looked up: a registry."""

    async def schema(self, ref: int | UUID) -> Schema | None:
        """The schema under an id or GUID; None if there is surely none. Raises UnreachableError.

        Raises UnreadableError (`unusable_schema`) for a schema that is not Avro.
        """


class Library:
    """Readers by what a record says of its schema. `ours`: the names of the records that are looked for.

    What the registry has to say is asked once. `reader` never waits: the first record of an unknown id starts the
    question, which is asked again, more and more seldom, until there is an answer.
    """

    def __init__(self, *ours: str, registry: SchemaSource | None = None) -> None:
        self._ours: Mapping[str, Schema] = {schema["name"]: schema for schema in map(current, ours)}
        self._pinned: dict[bytes, tuple[str, Read]] = {}
        for name in ours:
            for schema in [*history(name), current(name)]:
                self._pinned[fingerprint_of(schema)] = (schema["name"], reader_of(schema, current(name)))
        self._registry = registry
        self._registered: OrderedDict[SchemaRef, tuple[str, Read] | UnreadableError] = OrderedDict()
        self._questions: dict[SchemaRef, asyncio.Task[None]] = {}

    def reader(self, ref: SchemaRef) -> tuple[str, Read]:
        """The record's name and its reader. Raises SchemaAwaited, and UnreadableError if there will never be one."""
        if isinstance(ref, bytes):
            pinned = self._pinned.get(ref)
            if pinned is None:
                raise UnreadableError(Reason.UNKNOWN_SCHEMA, f"no schema of this release has the CRC-64 {ref.hex()}")
            return pinned
        found = self._registered.get(ref)
        if found is None:
            if self._registry is None:
                raise UnreadableError(
                    Reason.UNSUPPORTED_FORMAT,
                    f"schema {ref} belongs to a registry, and none is set up (LEADTIDE_REGISTRY__URL)",
                )
            if ref not in self._questions:
                self._questions[ref] = asyncio.get_running_loop().create_task(self._ask_until_answered(ref))
            raise SchemaAwaited
        if isinstance(found, UnreadableError):
            # Anew each time: a raised one keeps its traceback, and with it what it was raised on.
            raise UnreadableError(found.reason, found.message)
        return found

    async def fetch(self, ref: SchemaRef) -> None:
        """Have an answer for `ref`, if it is a registry's. Raises UnreachableError."""
        if isinstance(ref, bytes) or self._registry is None or ref in self._registered:
            return
        answer: tuple[str, Read] | UnreadableError
        try:
            schema = await self._registry.schema(ref)
            if schema is None:
                answer = UnreadableError(Reason.UNKNOWN_SCHEMA, f"the registry knows no schema {ref}")
            else:
                answer = self._compiled(schema)
        except UnreadableError as error:
            answer = error.with_traceback(None)
        self._registered[ref] = answer
        if len(self._registered) > MAX_KEPT:
            self._registered.popitem(last=False)

    def _compiled(self, schema: Schema) -> tuple[str, Read]:
        name = str(schema.get("name", "")).rpartition(".")[2]
        ours = self._ours.get(name)
        if ours is None:
            expected = " or ".join(self._ours)
            raise UnreadableError(Reason.UNUSABLE_SCHEMA, f"the record {name!r:.100} is not {expected}")
        return name, reader_of(schema, ours)

    async def _ask_until_answered(self, ref: SchemaRef) -> None:
        pause, failures = _FIRST_PAUSE_SECONDS, 0
        while True:
            try:
                await self.fetch(ref)
                break
            except Exception as error:  # noqa: BLE001 - a question that died would hold its records back for ever
                failures += 1
                logger.warning(
                    "schema %s cannot be asked for: %s; records that need it wait, and with them what comes after "
                    "them in their partitions; next try in %.1f s",
                    ref,
                    error,
                    pause,
                )
            await asyncio.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)
        if failures:
            logger.info("schema %s: the registry answers again", ref)
        del self._questions[ref]
