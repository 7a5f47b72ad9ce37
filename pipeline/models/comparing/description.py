"""A model as words by section, item and aspect: `implicit rules` → `pricing` → `points` → `10`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from pipeline.models.comparing import lifecycle, rules, settings
from pipeline.models.document import read_document
from pipeline.scoring.model import Model

Aspects = dict[str, str]
"""What is said of one thing: 'points' → '10'."""
Sections = dict[str, dict[str, Aspects]]
"""Section → item → what is said of it, in the order of the file."""


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that changed. `aspect`: what of it, `old` and `new`: in words ('' if it was not there, or is gone).

    Added and removed items have the aspect '' and are told as a whole.
    """

    section: str
    item: str
    kind: Literal["added", "removed", "changed"]
    aspect: str
    old: str
    new: str

    def __str__(self) -> str:
        if self.section == "lists" and self.kind == "changed":
            return f"{self.item}: {self.aspect} {'added' if self.new else 'removed'}"
        if self.kind == "changed":
            aspect = "" if self.aspect == "value" else f"{self.aspect} "
            return f"{self.item}: {aspect}{self.old or 'nothing'} → {self.new or 'nothing'}"
        return f"{self.item} {self.kind}: {self.new or self.old}"


def describe(model: Model) -> Sections:
    """Everything that a model file says but its id and version, and what it leaves to defaults where that pays."""
    data = read_document(model.text, model.id)[0].data()
    found: Sections = {"settings": settings.of_model(data), "lists": settings.lists(data)}
    found |= rules.of_halves(data, "")
    found |= _scores(data)
    found |= lifecycle.of_model(data, model.lifecycle, "")
    account = data.get("account")
    if account is not None and model.account is not None:
        found["account"] = settings.account(account)
        found |= lifecycle.of_model(account, model.account.lifecycle, "account ")
    found["calendars"] = settings.calendars(data)
    found["signals"] = settings.signals(data)
    return found


def _scores(data: dict[str, Any]) -> Sections:
    found: Sections = {}
    for name, score in (data.get("scores") or {}).items():
        found[f"score {name}"] = settings.score(score)
        found |= rules.of_halves(score, f"{name} ")
    return found
