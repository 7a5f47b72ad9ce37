"""The table as other processes read it: from the changelog, up to its last stable end."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

from pipeline.clients.connection import told
from pipeline.engine.activating import MODEL_KEY
from pipeline.engine.erased import ERASED_PREFIX, Erasures
from pipeline.settings import Settings
from pipeline.streaming.changelog import ChangelogReader
from pipeline.streaming.crash_loop import NOTE_KEY
from pipeline.streaming.marker import MARKER_KEY


async def read_profiles(
    settings: Settings, partitions: Sequence[int] | None = None, erased: Erasures | None = None
) -> AsyncIterator[tuple[bytes, bytes]]:
    """(subject id, packed profile) of every lead, each once with its last committed value, in no particular order.

    Of all partitions, or of these. `erased` learns who is erased there.

    Raises:
        BrokerError: the broker or the changelog is not there.
    """
    last: dict[bytes, bytes] = {}
    with told(settings):
        async with ChangelogReader(settings) as reader:
            await reader.require_topic()
            async for _, chunk in reader.chunks(partitions or range(settings.kafka.partitions)):
                for record in chunk.records:
                    if record.key is None or record.key in (MARKER_KEY, NOTE_KEY, MODEL_KEY):
                        continue
                    if record.key.startswith(ERASED_PREFIX):
                        if erased is not None:
                            erased.load(record.key, record.value)
                    elif record.value is None:
                        last.pop(record.key, None)
                    else:
                        last[record.key] = record.value
    for item in last.items():
        yield item
