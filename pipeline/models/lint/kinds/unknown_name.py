"""Names that are most likely misspelt: one edit away from a keyword, from the event contract, or from another name.

Any name may be meant, since events may carry any. What the contract knows is not told, and of two names of one's own
that resemble each other the one that is named less often is, or else the later one.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from pipeline.models.durations import parse_duration
from pipeline.models.event_names import ATTRIBUTES, names_of
from pipeline.models.lint.context import LintContext
from pipeline.models.lint.finding import LintFinding
from pipeline.models.lint.names import Use, uses
from pipeline.scoring.model import Model

CODE = "unknown-name"
ABOUT = "a name that is nearly another one that is known"

_LEAST = 4
"""Shorter names resemble each other by chance."""
_BOUNDS = frozenset({"at_least", "at_most", "between"})


def findings(model: Model, context: LintContext) -> Iterator[LintFinding]:
    """Each such name where it stands."""
    del model
    found = list(uses(context))
    order = {name: number for number, name in enumerate(reversed(list(dict.fromkeys(use.name for use in found))))}
    counts = Counter(use.name for use in found)
    weights = {name: (counts[name], order[name]) for name in counts}
    kept = frozenset(context.data.get("keep") or ())
    for use in found:
        known = _known(use.types)
        if use.name in known or use.name in kept:
            continue
        keyword = next(_keywords(use), None)
        if keyword is not None:
            message = f"`{use.name}` is the name of a value here, and nearly the keyword `{keyword}`"
            yield _finding(use, message, f"did you mean `{keyword}`?", context)
            continue
        guess = nearest(use.name, known)
        if guess is not None:
            of_what = f"an event of type {', '.join(use.types)}" if use.types else "a lead"
            message = f"`{use.name}` is nothing that the event contract knows of {of_what}"
            yield _finding(use, message, f"did you mean `{guess}`?", context)
            continue
        others = [name for name, weight in weights.items() if weight > weights[use.name]]
        guess = nearest(use.name, {*others, *kept})
        if guess is not None:
            message = f"`{use.name}` is nearly `{guess}`, which the model names elsewhere"
            yield _finding(use, message, f"did you mean `{guess}`?", context)


def _finding(use: Use, message: str, remedy: str, context: LintContext) -> LintFinding:
    return context.finding(CODE, use.path, message, remedy, key=use.at_key)


def _known(types: tuple[str, ...]) -> frozenset[str]:
    return frozenset().union(*(names_of(kind) for kind in types)) if types else ATTRIBUTES


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The one of `known` that is `name` but for one edit, or for case, `-` and `_`; None if there is none."""
    others = sorted(other for other in known if other != name)
    alike = next((other for other in others if _bare(other) == _bare(name)), None)
    if alike is not None:
        return alike
    return next((other for other in others if len(other) >= _LEAST and is_one_edit(name, other)), None)


def _bare(name: str) -> str:
    return re.sub(r"[-_ ]", "", name.casefold())


def is_one_edit(one: str, other: str) -> bool:
    """Whether a letter more, less or other, or two exchanged, make one of the other: no digit, no word of a letter."""
    short, long = sorted((one, other), key=len)
    start = next((i for i, (a, b) in enumerate(zip(short, long, strict=False)) if a != b), len(short))
    if len(short) == len(long):
        exchanged = short[start : start + 2] == long[start : start + 2][::-1]
        is_edit = short[start + 1 :] == long[start + 1 :] or (exchanged and short[start + 2 :] == long[start + 2 :])
    else:
        is_edit = short[start:] == long[start + 1 :]
    return is_edit and one != other and not _is_numbering(long, start) and not _is_numbering(short, start)


def _is_numbering(name: str, at: int) -> bool:
    """Whether what differs there counts things: `line_1`, `product-b`, `套餐二`."""
    around = name[max(0, at - 1) : at + 2]
    if any(not (c.isascii() and (c.isalpha() or c in "_-. ")) for c in name[at : at + 1]):
        return True
    return len(name) > at and name[at].isalpha() and len(re.sub(r"[^A-Za-z]", "", around)) == 1


def _keywords(use: Use) -> Iterator[str]:
    """The keywords that the name nearly is, if what is asked of it would suit them."""
    for keyword in ("explicit", "implicit", "total", "grade", "identified", "action", "in_stage_for", "exists"):
        near = is_one_edit(use.name, keyword) or _bare(use.name) == _bare(keyword)
        if near and (use.of_lead or keyword == "exists") and _suits(keyword, use.asked):
            yield keyword


def _suits(keyword: str, asked: Any) -> bool:
    if keyword in ("explicit", "implicit", "total"):
        return isinstance(asked, dict) and set(asked) <= _BOUNDS
    if keyword == "identified":
        return isinstance(asked, bool)
    if keyword == "grade":
        texts = [asked] if isinstance(asked, str) else _texts(asked)
        return bool(texts) and all(re.fullmatch(r"[A-Z][1-9]", text) for text in texts)
    if not isinstance(asked, str):
        return False
    if keyword == "in_stage_for":
        return _is_duration(asked)
    return keyword == "exists" or "." in asked


def _texts(asked: Any) -> list[str]:
    values = list(asked.values()) if isinstance(asked, dict) else []
    return [str(text) for value in values for text in (value if isinstance(value, list) else [value])]


def _is_duration(text: str) -> bool:
    try:
        parse_duration(text)
    except ValueError:
        return False
    return True
