"""Files and folders that commands write."""

from __future__ import annotations

import sys
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import IO

from pipeline.errors import InputError


def writable(out: str) -> AbstractContextManager[IO[bytes]]:
    """The file `out`, or standard output for `-`. Raises InputError if it cannot be written."""
    if out == "-":
        return nullcontext(sys.stdout.buffer)
    try:
        return Path(out).open("wb")
    except OSError as error:
        raise InputError(f"{out}: {error.strerror}") from error


def require_folder(out: Path) -> None:
    """Raise InputError if results cannot go into the folder `out` (it may be missing), before anything is begun."""
    if out.exists() and not out.is_dir():
        raise InputError(f"{out}: a file is there already; name a folder for the results")
