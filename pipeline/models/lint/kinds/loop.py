"""Ways in a circle whose conditions can all be true at once: leads would run round without any new fact.

Such a lead is stopped after 32 transitions and stands still until its next fact (contract: lifecycle.md rule 1). What
an activity answers (`happened`, `action`, `gained`), approvals, a time in the stage and a cooldown end a circle.

A circle on time alone is told as well: it never ends, whoever is in it, and makes records for ever.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

from pipeline.models.durations import parse_duration
from pipeline.models.findings import Path
from pipeline.models.lint.circles import Edge, circles
from pipeline.models.lint.context import LintContext
from pipeline.models.lint.finding import LintFinding
from pipeline.models.lint.solving import branches, impossible
from pipeline.models.lint.timed import in_units, round_ms, wait_ms
from pipeline.models.lint.ways import sources
from pipeline.scoring.conditions import All, AnyOf, Condition, Gained, Happened, InStageFor, Not
from pipeline.scoring.model import Model

CODE = "loop"
ABOUT = "transitions in a circle, all true at once or by time alone"

_MINUTE_MS = 60_000
_MOST_FIRINGS = 32
_MOST_CIRCLES = 2_000


def findings(model: Model, context: LintContext) -> Iterator[LintFinding]:
    """Each circle, at its transition that is declared last."""
    del model
    for path, data in context.lifecycles:
        items = data.get("transitions") or []
        ready = {i: found for i, item in enumerate(items) if (found := _standing(item, context)) is not None}
        edges = [(source, items[i]["to"], i) for i in ready for source in sources(items[i])]
        told: set[frozenset[int]] = set()
        for circle in islice(circles(edges), _MOST_CIRCLES):
            used = frozenset(index for _, _, index in circle)
            if used not in told and not impossible(*(ready[index] for index in used)):
                told.add(used)
                yield _finding(circle, (*path, "transitions", max(used)), context)
        yield from _by_time(items, told, path, context)


def _by_time(
    items: list[dict[str, Any]], told: set[frozenset[int]], path: Path, context: LintContext
) -> Iterator[LintFinding]:
    """Each circle that time alone drives round, but for those that need no time either."""
    waits = {i: wait for i, item in enumerate(items) if (wait := wait_ms(item, context)) is not None}
    edges = [(source, items[i]["to"], i) for i in waits for source in sources(items[i])]
    rounds: dict[frozenset[str], tuple[int, list[Edge]]] = {}
    for circle in islice(circles(edges), _MOST_CIRCLES):
        used = [index for _, _, index in circle]
        if frozenset(used) not in told:
            span = round_ms([items[index] for index in used], [waits[index] for index in used])
            stages = frozenset(stage for stage, _, _ in circle)
            rounds[stages] = min(rounds.get(stages, (span, circle)), (span, circle))
    for span, circle in rounds.values():
        place = (*path, "transitions", max(index for _, _, index in circle))
        way = " → ".join([*(source for source, _, _ in circle), circle[0][0]])
        message = f"{way}: these transitions come true by time alone: a lead goes round every {in_units(span)} for ever"
        remedy = "let one of them ask for something that happens (`happened`, `gained`), or for points"
        yield context.finding(CODE, place, message, remedy)


def _finding(circle: list[Edge], path: Path, context: LintContext) -> LintFinding:
    way = " → ".join([*(source for source, _, _ in circle), circle[0][0]])
    message = f"{way}: these transitions can all be true at once, and a lead would go round without a new fact"
    remedy = (
        "let one of them ask for something new (`happened`, `gained`), for time (`in_stage_for`), or exclude another"
    )
    return context.finding(CODE, path, message, remedy)


def _standing(item: dict[str, Any], context: LintContext) -> Condition | None:
    """What must be true for the transition to fire again and again; None if it cannot."""
    if "approvals" in item or ("cooldown" in item and _slow(parse_duration(item["cooldown"]))):
        return None
    found = branches(context.condition(item["when"], of_lead=True))
    if found is None:
        return None
    again = [tuple(_literal(*literal) for literal in branch) for branch in found if not any(map(_ends_it, branch))]
    if not again:
        return None
    leave = [context.condition(item["leave"], of_lead=True)] if "leave" in item else []
    return All((AnyOf(tuple(All(branch) for branch in again)), *leave))


def _literal(atom: Any, positive: bool) -> Condition:  # noqa: FBT001 - a literal is such a pair
    return atom if positive else Not(atom)


def _slow(span_ms: int) -> bool:
    """Whether so much time for each round keeps it under the number of firings that is a loop."""
    return span_ms * _MOST_FIRINGS >= _MINUTE_MS


def _ends_it(literal: tuple[Any, bool]) -> bool:
    atom, positive = literal
    if isinstance(atom, Happened):
        return positive
    if isinstance(atom, Gained):
        return positive and atom.implicit > 0
    return positive and isinstance(atom, InStageFor) and _slow(atom.duration_ms)
