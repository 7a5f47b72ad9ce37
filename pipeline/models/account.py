"""Accounts in the model: whose contacts roll up, which roles a committee has, and the stages of accounts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pipeline.models.conditions import NOTHING, connective, field_condition, joined, score_is
from pipeline.models.context import Context
from pipeline.models.findings import Path
from pipeline.models.lifecycle import Kind, lifecycle
from pipeline.scoring.conditions import Condition, ContactsCount, InStageFor, RolesCovered
from pipeline.scoring.model import Account, Lifecycle, Stage

MINIMAL = Lifecycle(entry="known", stages=(Stage("known"),))
"""The stages of accounts in a model that names none."""

_PATH: Path = ("account", "lifecycle")


def account(data: dict[str, Any], context: Context) -> Account:
    """The section `account`."""
    usual = Account(MINIMAL)
    roles: dict[str, Condition] = {}
    for name, asked in (data.get("roles") or {}).items():
        path: Path = ("account", "roles", name)

        def role(asked: Any = asked, path: Path = path) -> Condition:
            return field_condition(asked, path, context)

        roles[name] = context.build(path, role, NOTHING)
    stages = MINIMAL
    if "lifecycle" in data:
        kind = Kind(_PATH, lambda asked, path, known: _condition(asked, path, known, len(roles)))
        stages = context.build(_PATH, lambda: lifecycle(data["lifecycle"], context, kind), MINIMAL)
    return Account(stages, data.get("key", usual.key), float(data.get("step", usual.step)), roles)


def _condition(data: Any, path: Path, context: Context, roles: int) -> Condition:
    return joined(list(_parts(data, path, context, roles)))


def _parts(data: dict[str, Any], path: Path, context: Context, roles: int) -> Iterator[Condition]:
    for key, value in data.items():
        inner = (*path, key)
        if key in ("all", "any", "not"):
            yield connective(key, value, inner, lambda asked, place: _condition(asked, place, context, roles))
        elif key == "total":
            yield score_is(value, inner, context)
        elif key == "in_stage_for":
            yield InStageFor(context.duration(value, inner))
        elif key == "contacts":
            yield ContactsCount(*_bounds(value, inner, context))
        elif key == "roles_covered":
            least, most = _bounds(value, inner, context)
            if least is not None and least > roles:
                message = f"{least} of the roles must be covered, and `roles` names {roles or 'none'}"
                context.say((*inner, "at_least"), message, "name more under `roles`, or ask for fewer")
            yield RolesCovered(least, most)
        else:
            raise KeyError(key)


def _bounds(data: dict[str, Any], path: Path, context: Context) -> tuple[int | None, int | None]:
    least, most = (int(data[key]) if key in data else None for key in ("at_least", "at_most"))
    if least is not None and most is not None and least > most:
        context.say(path, f"`{path[-1]}` cannot be {least} or more and {most} or less", "exchange the two numbers")
    return least, most
