"""What the demo shows: stage changes as they come on stdout, how it goes on stderr."""

from __future__ import annotations

import json
import time
from contextlib import ExitStack
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.status import Status

from pipeline.cli.instants import local_time
from pipeline.cli.lines import Document, Titles, stage_change, who
from pipeline.demo.tally import Tally

_PLAIN_STATUS_SECONDS = 5.0


class Show:
    """Lines for people; with `as_json` only the summary, as JSON. Use it as a context manager."""

    def __init__(self, titles: Titles, *, as_json: bool) -> None:
        self._titles = titles
        self._as_json = as_json
        self._lines = Console(highlight=False, soft_wrap=True)
        self._notes = Console(stderr=True, highlight=False, soft_wrap=True)
        self._status: Status | None = None
        self._stack = ExitStack()
        self._began = self._last_status = time.monotonic()

    def __enter__(self) -> Self:
        if self._notes.is_terminal and not self._as_json:
            self._status = self._stack.enter_context(self._notes.status("", spinner="dots"))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def note(self, text: str) -> None:
        """Say how it goes."""
        self._notes.print(text, style="dim", markup=False)

    def changed(self, change: Document) -> None:
        """A stage change."""
        if not self._as_json:
            # On a terminal the moving status line and the lines must know of each other.
            console = self._lines if self._status is None or not self._lines.is_terminal else self._notes
            console.print(stage_change(change, self._titles))

    def status(self, tally: Tally, instant: int) -> None:
        """How far it is; on a terminal a line that moves, elsewhere a line now and then."""
        elapsed = max(time.monotonic() - self._began, 0.1)
        stages = " · ".join(f"{self._titles.get(stage, stage)} {count}" for stage, count in tally.stages.most_common())
        rate = tally.sent / elapsed
        text = f"it is {local_time(instant)[:16]} · {tally.sent} events ({rate:.0f}/s) · {stages}"
        if self._status is not None:
            self._status.update(text)
        elif not self._as_json and time.monotonic() - self._last_status >= _PLAIN_STATUS_SECONDS:
            self._last_status = time.monotonic()
            self.note(text)

    def begin(self) -> None:
        """The journeys begin now."""
        self._began = self._last_status = time.monotonic()

    def summary(self, tally: Tally) -> None:
        """What it came to, and what to try next."""
        if self._as_json:
            self._lines.print(json.dumps(tally.document(), ensure_ascii=False), markup=False)
            return
        say = self._lines.print
        say()
        people = sum(not score["anonymous"] for score in tally.scores.values())
        visitors = len(tally.scores) - people
        say(f"{tally.sent} events, {people} leads and {visitors} visitors", style="bold")
        titles = self._titles
        if tally.stages:
            say(f"  stages: {_listed([(titles.get(s, s), n) for s, n in tally.stages.most_common()])}")
        say("stage changes" if tally.changes else "stage changes: 0", style="bold")
        for (before, after), count in tally.changes.most_common():
            say(f"  {count:4}  {titles.get(before, before)} → {titles.get(after, after)}", markup=False)
        if tally.signals:
            say(f"signals: {_listed(tally.signals.most_common())}")
        say(f"dead letters: {tally.dead_letters.total()}", style="bold")
        for reason, count in tally.dead_letters.most_common():
            say(f"  {count:4}  {reason}")
        if tally.machines.activities:
            say("machines, whose activities pay nothing", style="bold")
        for why, count in tally.machines.activities.most_common():
            say(f"  {count:4}  activities of {tally.machines.leads[why]} leads and visitors: {why}")
        if tally.scores:
            say("hottest leads" + (", as Redis ranks them" if tally.hottest else ""), style="bold")
        for score in tally.hottest or tally.top():
            stage = titles.get(score["stage"], score["stage"])
            say(f"  {score['total']:6.1f}  {score['grade']}  {stage:<20} {who(score)}", markup=False)
        say()
        say("try next", style="bold")
        say("  leadtide simulate --events 2000 --out events.ndjson && leadtide replay --out scores events.ndjson")
        say("  leadtide explain --help                 # why has a lead its score?")
        say("  leadtide broker start && leadtide topics create && leadtide worker")


def _listed(counts: list[tuple[str, int]]) -> str:
    return ", ".join(f"{name} {count}" for name, count in counts)
