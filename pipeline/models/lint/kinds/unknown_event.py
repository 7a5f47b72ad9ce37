"""Types of events that nobody produces, as far as the event contract says.

A type of an own kind (`wechat.followed`) is the user's affair; one of a kind of the contract (`web`, `form`, `email`,
`crm`) that the contract does not list, or one that is nearly in it, is most likely misspelt.
"""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.models.hints import EVENT_TYPES, event_type_hint
from pipeline.models.lint.context import LintContext
from pipeline.models.lint.finding import LintFinding
from pipeline.models.lint.types import named_types
from pipeline.scoring.model import Model

CODE = "unknown-event"
ABOUT = "a type that the event contract does not have"

_KINDS = frozenset(name.partition(".")[0] for name in EVENT_TYPES)


def findings(model: Model, context: LintContext) -> Iterator[LintFinding]:
    """Each such type where it is named."""
    del model
    for path, name in named_types(context.data):
        if name in EVENT_TYPES:
            continue
        kind, hint = name.partition(".")[0], event_type_hint(name)
        if hint or kind in _KINDS:
            known = ", ".join(each for each in EVENT_TYPES if each.startswith(f"{kind}."))
            remedy = f"did you mean `{hint}`?" if hint else f"the contract has {known}"
            yield context.finding(CODE, path, f"`{name}` is no type of the event contract", remedy)
