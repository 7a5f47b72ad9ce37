"""How long a lead was where, and what people owe it there, as people read it; and in which zone times are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pipeline.cli.instants import local_time, zone_name
from pipeline.codec.instants import parse_instant
from pipeline.wording import Words

Row = dict[str, Any]


def lines_of_history(history: list[Row], titles: Mapping[str, str], words: Words) -> Iterator[str]:
    """One line for each stage that was left, the latest last."""
    for stay in history:
        text = words.gettext("was in {stage} for {duration}").format(
            stage=titles.get(stay["stage"], stay["stage"]), duration=duration(stay["seconds"], words)
        )
        if stay["times"] > 1:
            text += words.gettext(" ({times} times)").format(times=stay["times"])
        yield text


def line_of_sla(sla: Row, words: Words) -> str:
    """By when sales must act, or what came of it."""
    due = _local(sla["due_at"])
    kinds = words.pgettext("between the parts of a list", ", ").join(sla["until"])
    if sla["satisfied"]:
        return words.gettext("sales acted on {done}, in time (until {due})").format(
            done=_local(sla["done_at"]), due=due
        )
    if not sla["breached"] and kinds:
        return words.gettext("sales must act by {due} ({activities})").format(due=due, activities=kinds)
    if not sla["breached"]:
        return words.gettext("sales must move it on by {due}").format(due=due)
    if sla["done_at"]:
        text = words.gettext("sales acted on {done}, too late: it was due on {due}").format(
            done=_local(sla["done_at"]), due=due
        )
    elif kinds:
        text = words.gettext("OVERDUE since {due}: sales must act ({activities})").format(due=due, activities=kinds)
    else:
        text = words.gettext("OVERDUE since {due}: sales must move it on").format(due=due)
    return text + told(sla["escalate"], words)


def line_of_wait(wait: Row, titles: Mapping[str, str], words: Words) -> str:
    """Whose approval a transition waits for, and until when."""
    text = words.gettext("waits for {step} to approve {target} since {since}").format(
        step=wait["step"], target=titles.get(wait["to"], wait["to"]), since=_local(wait["since"])
    )
    if wait["due_at"] is None:
        return text
    if wait.get("overdue"):
        late = words.gettext(", OVERDUE since {due}").format(due=_local(wait["due_at"]))
        return text + late + told(wait["escalate"], words)
    return text + words.gettext(", at the latest on {due}").format(due=_local(wait["due_at"]))


def told(name: str | None, words: Words) -> str:
    """Who was told of it."""
    return words.gettext(" ({name} was told)").format(name=name) if name else ""


def duration(seconds: float, words: Words) -> str:
    """The two largest units: '3 d 4 h', '5 min'."""
    minutes = int(seconds // 60)
    days, hours, minutes = minutes // 1440, minutes // 60 % 24, minutes % 60
    amounts = [(days, words.gettext("{count} d")), (hours, words.gettext("{count} h"))]
    if not days:
        amounts.append((minutes, words.gettext("{count} min")))
    parts = [text.format(count=count) for count, text in amounts if count]
    return " ".join(parts) or words.gettext("less than a minute")


def times_in(instant: str, words: Words) -> str:
    """One line that says in which zone times are shown; `instant` is one of them, as records have it."""
    return words.gettext("times in {zone}").format(zone=zone_name(parse_instant(instant)))


def _local(text: str) -> str:
    return local_time(parse_instant(text))
