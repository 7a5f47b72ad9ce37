"""Files of lines (NDJSON, logs): plain, gzip, or `-` for standard input."""

from __future__ import annotations

import gzip
import sys
import zlib
from collections.abc import Iterable, Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import NamedTuple

from pipeline.errors import InputError

STDIN = "-"

_GZIP = b"\x1f\x8b"
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class Line(NamedTuple):
    """One line of a file: the file as it was named, the line's number from 1, its bytes without the line end."""

    file: str
    number: int
    value: bytes


def read_lines(files: Iterable[Path | str]) -> Iterator[Line]:
    """The lines of `files`, one after another; blank lines are skipped, but counted.

    Whether a file is compressed is told by its first bytes. Raises InputError, with the file and what is wrong,
    for one that cannot be read.
    """
    for file in files:
        yield from _lines_of(str(file))


def require_files(files: Iterable[Path | str]) -> None:
    """Raise InputError for the first of `files` that is not there, before anything is begun."""
    for file in map(str, files):
        if file != STDIN and not Path(file).is_file():
            raise InputError(f"{file}: {'not a file' if Path(file).exists() else 'there is no such file'}")


def _lines_of(file: str) -> Iterator[Line]:
    try:
        with open(sys.stdin.fileno() if file == STDIN else file, "rb", closefd=file != STDIN) as stored:
            is_compressed = stored.peek(2).startswith(_GZIP)
            with gzip.open(stored) if is_compressed else nullcontext(stored) as stream:
                for number, raw in enumerate(stream, 1):
                    value = raw.removesuffix(b"\n").removesuffix(b"\r")
                    if number == 1:
                        value = value.removeprefix(_BYTE_ORDER_MARK)
                    if value.strip():
                        yield Line(file, number, value)
    except FileNotFoundError as error:
        raise InputError(f"{file}: there is no such file") from error
    except (EOFError, zlib.error) as error:
        raise InputError(f"{file}: the compressed file is cut off or damaged: {error}") from error
    except OSError as error:
        raise InputError(f"{file}: {error.strerror or error}") from error
