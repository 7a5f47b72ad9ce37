"""Further named scores of the model, such as one for each product line, and what they offer."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from pipeline.models import rules, sections
from pipeline.models.context import Context, titles
from pipeline.models.findings import Path
from pipeline.models.hints import did_you_mean
from pipeline.scoring.model import Category, NamedScore, Offer


def scores(data: Any, stages: Collection[str], context: Context) -> tuple[NamedScore, ...]:
    """The scores under `scores` in their order; `stages` are those of the leads' lifecycle.

    The ids of rules are unique within one score only.
    """
    made: list[NamedScore] = []
    for name, given in (data if isinstance(data, dict) else {}).items():
        path: Path = ("scores", name)

        def one(name: str = name, given: Any = given, path: Path = path) -> NamedScore:
            return _score(name, given, path, stages, context)

        built = context.build(path, one, None)
        if built is not None:
            made.append(built)
    return tuple(made)


def _score(name: str, data: dict[str, Any], path: Path, stages: Collection[str], context: Context) -> NamedScore:
    ids: rules.Ids = {}
    build = context.build
    explicit_path, implicit_path, signal = (*path, "explicit"), (*path, "implicit"), (*path, "signal")
    weights = data.get("weights", {})
    return NamedScore(
        name=name,
        explicit=build(
            explicit_path, lambda: rules.explicit(data.get("explicit", {}), context, ids, explicit_path), Category()
        ),
        implicit=build(
            implicit_path, lambda: rules.implicit(data.get("implicit", {}), context, ids, implicit_path), Category()
        ),
        weight_explicit=float(weights.get("explicit", 1)),
        weight_implicit=float(weights.get("implicit", 1)),
        grades=sections.grades(data.get("grades"), context, (*path, "grades")),
        offers=tuple(
            _offer(key, data["signal"][key], (*signal, key), stages, context) for key in data.get("signal", ())
        ),
        titles=titles(data.get("title")),
    )


def _offer(signal: str, data: dict[str, Any], path: Path, stages: Collection[str], context: Context) -> Offer:
    named = data.get("stages", [])
    listed = named if isinstance(named, list) else [named]
    for index, stage in enumerate(listed):
        if stage not in stages:
            place = (*path, "stages", index) if isinstance(named, list) else (*path, "stages")
            context.say(place, f"there is no stage `{stage}`", did_you_mean(stage, stages))
    return Offer(signal, float(data["at_least"]), frozenset(listed))
