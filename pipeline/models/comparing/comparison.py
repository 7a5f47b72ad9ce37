"""Two models side by side: every change, the rules that are touched, and what putting the new one in force needs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pipeline.models.comparing.description import Aspects, Change, Sections, describe
from pipeline.models.comparing.touching import touched_rules
from pipeline.scoring.model import Model

_ORDERED = ("stages", "transitions")
"""Sections whose order has a meaning: of stages which way is up, of transitions which comes first."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """What changed from `old` to `new`.

    `touched`: rule → why it may pay something else. `vanished`: stages that only `old` has, `newly_read`: values of
    activities that only `new` reads, which earlier facts were not kept with.
    """

    old: Model
    new: Model
    changes: tuple[Change, ...]
    touched: dict[str, list[str]]
    vanished: tuple[str, ...]
    newly_read: tuple[str, ...]

    @property
    def is_equal(self) -> bool:
        """Whether both mean the same, id and version included."""
        return (self.old.id, self.old.digest) == (self.new.id, self.new.digest)


def compare(old: Model, new: Model) -> Comparison:
    """Everything that is different in `new`."""
    before, after = describe(old), describe(new)
    changes = tuple(_changes(before, after))
    stages = {stage.id for stage in new.lifecycle.stages}
    return Comparison(
        old=old,
        new=new,
        changes=changes,
        touched=touched_rules(changes, old, new),
        vanished=tuple(stage.id for stage in old.lifecycle.stages if stage.id not in stages),
        newly_read=tuple(sorted(new.kept_names - old.kept_names)),
    )


def _changes(before: Sections, after: Sections) -> Iterator[Change]:
    for section in dict.fromkeys([*before, *after]):
        old, new = before.get(section, {}), after.get(section, {})
        for item in dict.fromkeys([*old, *new]):
            yield from _item(section, item, old.get(item), new.get(item))
        if section.endswith(_ORDERED):
            yield from _order(section, old, new)


def _item(section: str, item: str, old: Aspects | None, new: Aspects | None) -> Iterator[Change]:
    if old is None:
        yield Change(section, item, "added", "", "", _whole(new or {}))
    elif new is None:
        yield Change(section, item, "removed", "", _whole(old), "")
    else:
        for aspect in dict.fromkeys([*old, *new]):
            if old.get(aspect) != new.get(aspect):
                yield Change(section, item, "changed", aspect, old.get(aspect, ""), new.get(aspect, ""))


def _whole(aspects: Aspects) -> str:
    return "; ".join(text if aspect == "value" else f"{aspect} {text}" for aspect, text in aspects.items())


def _order(section: str, old: dict[str, Aspects], new: dict[str, Aspects]) -> Iterator[Change]:
    before, after = [item for item in old if item in new], [item for item in new if item in old]
    if before != after:
        yield Change(section, "order", "changed", "of what is in both", ", ".join(before), ", ".join(after))
