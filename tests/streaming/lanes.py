"""Records, chunks and an intake over lanes whose ends the test sets."""

import json
from dataclasses import dataclass, field
from typing import Any

from pipeline.codec.internal import Activity, encode_activity
from pipeline.streaming.chunk import Chunk
from pipeline.streaming.dead_letters import DeadLetterLimit
from pipeline.streaming.intake import Intake
from pipeline.streaming.items import forward_item, input_item
from pipeline.streaming.lane import Lane
from pipeline.streaming.rescore import pack_tick, rescore_item
from tests.streaming.toy import ToyEngine

DECODERS = {"web": input_item, "forms": input_item, "activity": forward_item, "rescore": rescore_item}


@dataclass
class Raw:
    offset: int
    value: bytes | None
    key: bytes | None = b"k"
    timestamp: int = 0
    timestamp_type: int = 0
    headers: list = field(default_factory=list)


def event(name: str, at: int, **properties) -> bytes:
    document = {
        "event_id": name,
        "type": "web.page_viewed",
        "occurred_at": at,
        "lead_id": "l",
        "properties": properties,
    }
    return json.dumps(document).encode()


def tick(at: int) -> bytes:
    return pack_tick(at)


def forward(name: str, at: int) -> bytes:
    return encode_activity(Activity("l", at, name, name.encode()))


def chunk(start: int, *values: bytes | None, end: int | None = None) -> Chunk:
    records = [Raw(start + index, value) for index, value in enumerate(values)]
    return Chunk(records, start, start + len(records) if end is None else end)


class Bench:
    """An intake over four topics. `ends[topic]` is what the latest fetch said, None before any."""

    def __init__(
        self,
        *,
        max_run: int = 1_000,
        max_ratio: float = 0.5,
        min_records: int = 1_000,
        stream_time: bool = False,
        engine: Any = None,
    ) -> None:
        self.engine = engine or ToyEngine()
        self.ends: dict[str, int | None] = dict.fromkeys(DECODERS, 0)
        self.holds: list[tuple[str, bool]] = []
        self.limit = DeadLetterLimit(max_run=max_run, max_ratio=max_ratio, min_records=min_records)
        self.intake = Intake(
            self.engine,
            {
                topic: Lane(
                    topic,
                    decode,
                    start=0,
                    end_of_log=lambda topic=topic: self.ends[topic],
                    one_by_one=topic == "rescore",
                )
                for topic, decode in DECODERS.items()
            },
            inputs=("web", "forms"),
            partition=3,
            limit=self.limit,
            on_hold=lambda topic, held: self.holds.append((topic, held)),
            stream_time=stream_time,
        )

    def accept(self, topic: str, piece: Chunk, *, end: int | None = None) -> None:
        """Take a chunk; the log ends with it unless said otherwise."""
        self.ends[topic] = piece.end if end is None else end
        self.intake.accept(topic, piece)

    def run(self) -> list:
        """Apply all that can be applied; what the engine was called with, in order."""
        while self.intake.step():
            pass
        return [name for kind, name in self.engine.log if kind not in {"settle", "progress"}]
