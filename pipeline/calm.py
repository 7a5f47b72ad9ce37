"""Keeps a log readable while something fails over and over, such as a broker that is gone."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

EVERY_SECONDS = 10.0


class Calm(logging.Filter):
    """Lets each message of a logger through once in `EVERY_SECONDS`, with how often it was left out since.

    Messages are told apart before their arguments are filled in; what is below a warning always passes.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._last: dict[tuple[str, str], float] = {}
        self._left_out: dict[tuple[str, str], int] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the record is written; it may be given a word on those before it."""
        if record.levelno < logging.WARNING:
            return True
        key, now = (record.name, str(record.msg)), self._clock()
        if key in self._last and now - self._last[key] < EVERY_SECONDS:
            self._left_out[key] = self._left_out.get(key, 0) + 1
            return False
        self._last[key] = now
        if left_out := self._left_out.pop(key, 0):
            record.msg, record.args = f"{record.getMessage()} ({left_out} more like this)", ()
        return True
