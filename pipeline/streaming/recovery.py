"""From the changelog to engines that stand exactly where the last checkpoint stood."""

from __future__ import annotations

import asyncio
import gc
import logging
import time
from collections.abc import Mapping
from typing import NamedTuple

from pipeline.engine.port import PartitionEngine
from pipeline.errors import RecoveryError
from pipeline.settings import Settings
from pipeline.streaming.changelog import ChangelogReader
from pipeline.streaming.chunk import Record
from pipeline.streaming.crash_loop import NOTE_KEY, Suspect
from pipeline.streaming.group import Positions
from pipeline.streaming.marker import MARKER_KEY, Marker, unpack

logger = logging.getLogger(__name__)

_SAY_EVERY_SECONDS = 2.0
_LOAD_AT_A_TIME = 2_000


class Restored(NamedTuple):
    """What the changelog holds beside the table: each partition's last marker and its last crash, if there are any.

    `records` is how many were read.
    """

    markers: dict[int, Marker]
    suspects: dict[int, Suspect]
    records: int


async def load(settings: Settings, engines: Mapping[int, PartitionEngine], *, transactions: bool) -> Restored:
    """Load each partition's table into its engine, and the engine's own values out of the marker.

    Call it only after the previous owners are fenced: from then on the changelog's end is final. Without transactions
    it may end with a part of a checkpoint: what no marker follows is left out, and the engine writes it over.

    Raises:
        RecoveryError: a marker or a profile cannot be read.
    """
    loadings = {
        number: _Loading(number, engine, transactions=transactions) for number, engine in sorted(engines.items())
    }
    said, records = time.perf_counter(), 0
    async with ChangelogReader(settings) as reader:
        async for number, chunk in reader.chunks(list(loadings)):
            take = loadings[number].take
            records += len(chunk.records)
            for begin in range(0, len(chunk.records), _LOAD_AT_A_TIME):
                for record in chunk.records[begin : begin + _LOAD_AT_A_TIME]:
                    take(record)
                await asyncio.sleep(0)
            if time.perf_counter() - said > _SAY_EVERY_SECONDS:
                said = time.perf_counter()
                done, total, seconds = reader.progress
                logger.info("recovering: %d of %d changelog records in %.0f s", done, total, seconds)
    markers = {number: loading.finish() for number, loading in loadings.items()}
    # What was loaded stays: the collector of cycles need not look at it again and again.
    gc.collect()
    gc.freeze()
    return Restored(
        {number: marker for number, marker in markers.items() if marker is not None},
        {number: loading.suspect for number, loading in loadings.items() if loading.suspect is not None},
        records,
    )


class _Loading:
    """One partition's way from changelog records into its engine."""

    def __init__(self, partition: int, engine: PartitionEngine, *, transactions: bool) -> None:
        self.suspect: Suspect | None = None
        self._partition = partition
        self._engine = engine
        self._transactions = transactions
        self._marker: bytes | None = None
        self._unmarked: list[Record] = []
        """What no marker has followed yet; kept where a checkpoint can be cut off."""

    def take(self, record: Record) -> None:
        """Take the next record. Raises RecoveryError if it cannot be read."""
        if record.key == MARKER_KEY:
            self._marker = record.value or b""
            for earlier in self._unmarked:
                self._load(earlier)
            self._unmarked.clear()
        elif record.key == NOTE_KEY:
            self.suspect = Suspect.unpack(record.value or b"")
        elif self._transactions:
            self._load(record)
        else:
            self._unmarked.append(record)

    def finish(self) -> Marker | None:
        """Nothing follows: give the engine its own values. Raises RecoveryError if there are leads and no marker."""
        if self._marker is None:
            if len(self._engine) or self._unmarked:
                raise RecoveryError(
                    f"partition {self._partition}: the changelog holds profiles and no marker, so nobody knows which "
                    "events they include; restore the topic, or empty it and rebuild from the inputs"
                )
            return None
        marker = unpack(self._marker)
        wanted = _model_of(self._engine)
        self._engine.restore(marker.state)
        in_force = _model_of(self._engine)
        if in_force != wanted:
            logger.warning(
                "partition %d: the model in force is %s; LEADTIDE_MODEL names %s, which is not used. To put it in "
                "force: leadtide model activate FILE; to see the one in force: leadtide model show --running",
                self._partition,
                in_force,
                wanted,
            )
        scored_by, ours = marker.state.get("model"), self._engine.state().get("model")
        if scored_by is not None and scored_by != ours:
            logger.warning(
                "partition %d was scored by the model %s, this worker runs %s: leads keep their stages, and each takes "
                "its new score with its next event or due instant (compare with `leadtide replay`)",
                self._partition,
                scored_by,
                ours,
            )
        self._engine.write_over([record.key for record in self._unmarked if record.key is not None])
        return marker

    def _load(self, record: Record) -> None:
        if record.key is None:
            raise RecoveryError(
                f"partition {self._partition}: the changelog's record {record.offset} has no key: it is not ours"
            )
        try:
            self._engine.load(record.key, record.value)
        except RecoveryError:
            raise
        except Exception as error:
            raise RecoveryError(
                f"partition {self._partition}: the changelog's record {record.offset} cannot be read ({error!r}); it "
                "was damaged, or written by a later version of Leadtide"
            ) from error


def starts(markers: Mapping[int, Marker], beginnings: Positions) -> Positions:
    """Where reading begins: at the marker, else at the log's beginning. Records lost to retention are said aloud."""
    found: Positions = {}
    for partition, begins in beginnings.items():
        marked = markers[partition].offsets if partition in markers else {}
        found[partition] = {topic: max(begin, marked.get(topic, begin)) for topic, begin in begins.items()}
        for topic, begin in begins.items():
            if marked.get(topic, begin) < begin:
                logger.warning(
                    "%s, partition %d: records %d to %d fell to the topic's retention before they were read",
                    topic,
                    partition,
                    marked[topic],
                    begin - 1,
                )
    return found


def check_marker(partition: int, marker: Marker | None, known: Mapping[str, int]) -> None:
    """With transactions, the marker and the group's offsets (`known`) were written together: they must agree.

    Where the group's offsets have expired (all of them), the marker alone counts.

    Raises:
        RecoveryError: they differ.
    """
    marked = {} if marker is None else marker.offsets
    if any(marked.get(topic) != offset for topic, offset in known.items()):
        raise RecoveryError(
            f"partition {partition}: the changelog says {marked or 'nothing'}, the consumer group says {known}: one "
            "of them was changed by something else; restore the changelog, or reset the group's offsets to the "
            "changelog's (kafka-consumer-groups.sh --reset-offsets)"
        )


def _model_of(engine: PartitionEngine) -> str | None:
    """The model that an engine scores by, as people name it."""
    model = engine.in_force()
    return None if model is None else f"{model[0]} {model[1]}"
