"""`leadtide replay`: the reference. One process, no broker, the same engine as the worker's (contract: scoring.md)."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from pipeline.analysis.outputs import (
    Reader,
    Row,
    account_rows,
    is_lead,
    without_erased,
    write_accounts,
    write_dead_letters,
    write_scores,
    write_signals,
    write_stage_changes,
)
from pipeline.codec import decode
from pipeline.engine.activating import ModelChange
from pipeline.engine.engine import Engine
from pipeline.engine.errors import Refused
from pipeline.events import Event, Rejection
from pipeline.ndjson import Line
from pipeline.scoring.model import Model
from pipeline.scoring.scorer import Scorer

Progress = Callable[[int, int], None]
"""Told (events done, events in all) now and then."""
_STEP = 1_000


@dataclass(slots=True)
class Replay:
    """What a replay came to: the engine at `until` (ms) and everything it announced.

    `model`: the last in force; `language`: of the titles in what is told.
    """

    model: Model
    engine: Engine
    until: int
    events: int = 0
    stage_changes: list[Row] = field(default_factory=list)
    signals: list[Row] = field(default_factory=list)
    dead_letters: list[Row] = field(default_factory=list)
    language: str = "en"

    def score_rows(self, attributes: list[str] | None = None, *, ledger: bool = False) -> Iterator[Row]:
        """The lines of `scores.ndjson`."""
        reader = Reader(Scorer(self.model, self.language))
        for profile in self.engine.profiles():
            if is_lead(profile):
                yield reader.score_row(profile, self.until, attributes or (), ledger=ledger)

    def write(self, out: Path, attributes: list[str] | None = None, *, ledger: bool = False) -> dict[str, int]:
        """Write the files; returns how many lines each has. `accounts.ndjson` only under a model with accounts."""
        written = {
            "scores": write_scores(out, self.score_rows(attributes, ledger=ledger)),
            "stage_changes": write_stage_changes(out, self.stage_changes),
            "signals": write_signals(out, self.signals),
            "dead_letters": write_dead_letters(out, self.dead_letters),
        }
        if self.model.account is not None:
            rows = account_rows(self.engine.profiles(), self.model, self.until)
            written["accounts"] = write_accounts(out, rows)
        return written


def replay(
    model: Model,
    lines: Iterable[Line],
    *,
    until: int | None = None,
    as_arrived: bool = False,
    then: Sequence[ModelChange] = (),
    language: str = "en",
    progress: Progress = lambda _done, _all: None,
) -> Replay:
    """Score the events of `lines` (NDJSON) under the model, up to `until` (default: the latest event's time).

    Sorted by (`occurred_at`, `event_id`) unless `as_arrived`. Events after `until` are not read. `then`: other models,
    each in force from its instant on, after the facts of that instant. `language` (a tag such as zh-CN): of the titles.
    """
    dead_letters: list[Row] = []
    events: list[tuple[Event, Line]] = []
    for line in lines:
        found = decode(line.value)
        if isinstance(found, Rejection):
            dead_letters.append(_dead_letter(line, found.reason, found.message))
        elif until is None or found.occurred_at <= until:
            events.append((found, line))
    if not as_arrived:
        events.sort(key=lambda pair: (pair[0].occurred_at, pair[0].event_id))
    end = until if until is not None else max((event.occurred_at for event, _ in events), default=0)
    engine = Engine(model, language=language, now_ms=lambda: 0)
    result = Replay(model, engine, end, dead_letters=dead_letters, language=language)
    changes = deque(sorted((change for change in then if change.instant <= end), key=lambda change: change.instant))
    for number, (event, line) in enumerate(events):
        while changes and changes[0].instant < event.occurred_at:
            _change(result, changes.popleft())
        try:
            result.engine.apply(event)
            result.events += 1
        except Refused as refused:
            dead_letters.append(_dead_letter(line, refused.reason, refused.message))
        if number % _STEP == 0:
            progress(number, len(events))
            _collect(result)
    for change in changes:
        _change(result, change)
    result.engine.tick(end)
    _collect(result)
    result.stage_changes = without_erased(result.stage_changes, engine.erased)
    result.signals = without_erased(result.signals, engine.erased)
    progress(len(events), len(events))
    return result


def _change(result: Replay, change: ModelChange) -> None:
    result.engine.activate(change)
    while result.engine.bring_over(_STEP):
        _collect(result)
    result.model = result.engine.model


def _collect(result: Replay) -> None:
    stage_changes, signals = result.engine.announced()
    result.stage_changes += stage_changes
    result.signals += signals


def _dead_letter(line: Line, reason: str, message: str) -> dict[str, Any]:
    digest = sha256(line.value).hexdigest()
    return {"reason": str(reason), "message": message, "sha256": digest, "file": str(line.file), "line": line.number}
