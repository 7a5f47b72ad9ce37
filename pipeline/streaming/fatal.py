"""The end of a process that must not go on: one clear line, then out at once, without any repair."""

from __future__ import annotations

import logging
import os
import sys
from typing import NoReturn

from pipeline.errors import LeadtideError


def die(message: str, *, code: int = 1) -> NoReturn:
    """Say why on stderr and leave with `code`; nothing is flushed, the next owner recovers from the checkpoint."""
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.write(f"leadtide worker: {message}\n")
    sys.stderr.flush()
    os._exit(code)


def die_of(error: BaseException, doing: str) -> NoReturn:
    """`die` with what happened while doing what; the exit code is the error's own, where it has one."""
    code = error.exit_code if isinstance(error, LeadtideError) else 1
    text = str(error) if isinstance(error, LeadtideError) else f"{type(error).__name__}: {error}"
    die(f"{doing}: {text}", code=code)
