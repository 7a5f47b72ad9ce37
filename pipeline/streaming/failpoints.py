"""Named points at which a test lets the worker die, as `kill -9` would. Inert unless armed."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass, field

POINTS = ("before_data", "after_data", "after_offsets", "after_commit")
"""In the order in which a checkpoint passes them."""


@dataclass(slots=True)
class Failpoints:
    """Counts how often each point is passed with something to write."""

    deaths: dict[str, int] = field(default_factory=dict)
    passed: dict[str, int] = field(default_factory=dict)

    @classmethod
    def parse(cls, text: str | None) -> Failpoints:
        """`point:n,…`: die when the point is passed for the n-th time. Raises ValueError for an unknown point."""
        deaths = {}
        for part in filter(None, (text or "").split(",")):
            name, _, count = part.partition(":")
            if name not in POINTS:
                raise ValueError(f"failpoint {name!r} is none of {', '.join(POINTS)}")
            deaths[name] = int(count or 1)
        return cls(deaths)

    def reach(self, point: str, *, transaction_open: bool, lag: Callable[[], int]) -> None:
        """Die here if it is time, saying on stderr what the death met."""
        if point not in self.deaths:
            return
        self.passed[point] = self.passed.get(point, 0) + 1
        if self.passed[point] == self.deaths[point]:
            state = "open" if transaction_open else "none"
            sys.stderr.write(f"FAILPOINT {point} pid={os.getpid()} transaction={state} lag={lag()}\n")
            sys.stderr.flush()
            os.kill(os.getpid(), signal.SIGKILL)
