"""What the author of a model allows: `# lint: allow KIND` behind a line, or alone on the line before it.

Comments are no part of a model's meaning, so that allowing something is no new model version.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from pipeline.models.hints import did_you_mean
from pipeline.models.lint.finding import LintFinding

CODE = "idle-allow"
ABOUT = "a comment `# lint: allow` that allows nothing"

_MARKER = re.compile(r"(?:^|\s)#\s*lint:\s*allow\s+(?P<codes>[a-z-]+(?:\s*,\s*[a-z-]+)*)")


def without_allowed(text: str, file: str, found: Iterable[LintFinding], codes: Iterable[str]) -> Iterator[LintFinding]:
    """The findings that no comment allows, and a finding for each comment that allows nothing."""
    markers = _markers(text)
    used: set[tuple[int, str]] = set()
    for finding in found:
        place = next((spot for spot in _above(finding.line, markers) if finding.kind in markers[spot][1]), None)
        if place is None:
            yield finding
        else:
            used.add((place, finding.kind))
    known = tuple(codes)
    for place, (column, allowed, _) in markers.items():
        for code in sorted(allowed):
            if (place, code) not in used:
                yield _idle(place, column, code, known, file)


def _idle(line: int, column: int, code: str, known: tuple[str, ...], file: str) -> LintFinding:
    if code in known:
        return LintFinding(line, column, CODE, f"nothing here needs `allow {code}`", "drop the comment", file)
    return LintFinding(line, column, CODE, f"there is no lint kind `{code}`", did_you_mean(code, known), file)


def _markers(text: str) -> dict[int, tuple[int, frozenset[str], bool]]:
    """By line: the column of the comment, what it allows, and whether it stands alone on its line."""
    found = {}
    for number, line in enumerate(text.splitlines(), start=1):
        marker = _MARKER.search(line)
        if marker is not None:
            column = line.index("#", marker.start()) + 1
            codes = frozenset(code.strip() for code in marker["codes"].split(","))
            found[number] = (column, codes, not line[: column - 1].strip())
    return found


def _above(line: int, markers: dict[int, tuple[int, frozenset[str], bool]]) -> Iterator[int]:
    """The lines whose marker speaks for `line`: itself, and those before it that hold nothing else."""
    if line in markers:
        yield line
    line -= 1
    while line in markers and markers[line][2]:
        yield line
        line -= 1
