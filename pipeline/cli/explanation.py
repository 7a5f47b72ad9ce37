"""An explanation as people read it: titles, local times, the facts that count, the rest counted by reason."""

from __future__ import annotations

from collections import Counter
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.tree import Tree

from pipeline.cli.dealings import lines_of
from pipeline.cli.display import stdout
from pipeline.cli.instants import local_time
from pipeline.cli.lines import stage_titles
from pipeline.cli.staying import line_of_sla, line_of_wait, lines_of_history, times_in
from pipeline.codec.instants import parse_instant
from pipeline.scoring.model import Model
from pipeline.wording import Words, codes, words_of

MOST_FACTS = 5
"""Facts shown of one rule, the newest ones."""
_COUNTS = (None, "counted")


def show(found: dict[str, Any], model: Model, *, all_facts: bool, language: str = "en") -> None:
    """Print what `Population.explain` found; with `all_facts` also every fact that pays nothing."""
    console, words = stdout(), words_of(language)
    titles = stage_titles(model, language)
    head = words.gettext("{stage} since {since}, grade {grade}, as of {instant}").format(
        stage=titles.get(found["stage"], found["stage"]),
        since=_local(found["entered_at"]),
        grade=found["grade"],
        instant=_local(found["as_of"]),
    )
    console.print(f"[bold]{escape(found['email'] or found['lead_id'])}[/bold]  {escape(found['account'] or '')}")
    console.print(escape(head))
    console.print(f"[dim]{escape(times_in(found['as_of'], words))}[/dim]")
    _show_state(console, found, titles, words)
    total = words.gettext("total {points}").format(points=format(found["total"], ".2f"))
    tree = Tree(f"[bold]{total}[/bold]")
    branches = _Branches(words, all_facts=all_facts)
    for half in ("explicit", "implicit"):
        branches.add(tree, found["ledger"][half])
    console.print(tree)
    for score in found["ledger"].get("scores", ()):
        console.print(_named_score(score, words, branches))
    for line in lines_of(found, words):
        console.print(escape(line))
    _show_what_it_takes(console, found["what_it_takes"], titles, words)
    _show_next(console, found["next_by_itself"], titles, words)


def _named_score(score: dict[str, Any], words: Words, branches: _Branches) -> Tree:
    """A further score of the model."""
    line = words.gettext("{title}: {points}").format(title=score["title"], points=format(score["total"], ".2f"))
    tree = Tree(f"[bold]{escape(line)}[/bold]")
    for half in ("explicit", "implicit"):
        branches.add(tree, score[half])
    return tree


def _show_state(console: Console, found: dict[str, Any], titles: dict[str, str], words: Words) -> None:
    """What else is told of where the lead stands, as far as there is any of it."""
    if found.get("trend"):
        trend = codes.trends(words).get(found["trend"], found["trend"])
        console.print(escape(words.gettext("interest: {trend}").format(trend=trend)))
    if found.get("owner"):
        console.print(escape(words.gettext("owner: {owner}").format(owner=found["owner"])))
    for line in lines_of_history(found["history"], titles, words):
        console.print(escape(line))
    if found.get("sla"):
        console.print(escape(line_of_sla(found["sla"], words)))
    for wait in found.get("pending") or ():
        console.print(escape(line_of_wait(wait, titles, words)))


def _show_what_it_takes(console: Console, steps: list[dict[str, Any]], titles: dict[str, str], words: Words) -> None:
    if not steps:
        console.print(words.gettext("No single activity would move it on."))
        return
    console.print(words.gettext("One of these would move it on:"))
    for step in steps:
        fields = ", ".join(f"{name} {value}" for name, value in step["fields"].items())
        activity = step["activity"] + (f": {fields}" if fields else "")
        target = titles.get(step["to_stage"], step["to_stage"])
        if step.get("asks"):
            target = words.gettext("asks {step} → {target}").format(step=step["asks"], target=target)
        console.print(escape(f"  {step['title']} ({activity}) → {target}"))


def _show_next(console: Console, move: dict[str, Any] | None, titles: dict[str, str], words: Words) -> None:
    if move is None:
        console.print(words.gettext("Without any activity it stays where it is."))
        return
    text = words.gettext("Without any activity: {stage} → {target} on {instant} ({cause})").format(
        stage=titles.get(move["from_stage"], move["from_stage"]),
        target=titles.get(move["to_stage"], move["to_stage"]),
        instant=_local(move["occurred_at"]),
        cause=codes.causes(words).get(move["cause"], move["cause"]),
    )
    console.print(escape(text))


class _Branches:
    """The ledger's nodes as branches of a tree, in one language."""

    def __init__(self, words: Words, *, all_facts: bool) -> None:
        self._words, self._all_facts = words, all_facts
        self._categories = codes.categories(words)
        self._not_paid = codes.reasons_not_paid(words)
        self._comma = words.pgettext("between the parts of a list", ", ")

    def add(self, parent: Tree, node: dict[str, Any]) -> None:
        """The node with its facts and what is below it; nothing if there is nothing to tell."""
        facts = [child for child in (*node.get("children", ()), *node.get("facts", ())) if "event_id" in child]
        inner = [child for child in node.get("children", ()) if "event_id" not in child]
        inner += [member for member in node.get("members", ()) if member["paying"] and member["kind"] != "attributes"]
        if not node["value"] and not facts and not any(map(_matters, inner)):
            return
        title = self._categories.get(node["id"], node["title"]) if node["kind"] == "category" else node["title"]
        clip = f"[dim]{self._bounds(node['clip'])}[/dim]" if "clip" in node else ""
        line = self._words.gettext("{title}: {points}").format(title=title, points=format(node["value"], ".2f"))
        branch = parent.add(escape(line) + clip)
        for child in inner:
            self.add(branch, child)
        self._add_facts(branch, facts)

    def _add_facts(self, branch: Tree, facts: list[dict[str, Any]]) -> None:
        counting = [fact for fact in facts if fact.get("why") in _COUNTS]
        shown = facts if self._all_facts else counting[-MOST_FACTS:]
        for fact in shown:
            branch.add(self._line(fact))
        if self._all_facts:
            return
        if len(counting) > len(shown):
            older = self._words.gettext("and {count} older ones").format(count=len(counting) - len(shown))
            branch.add(f"[dim]{older}[/dim]")
        reasons = Counter(self._why(fact) for fact in facts if fact.get("why") not in _COUNTS)
        if reasons:
            counted = self._comma.join(f"{count} × {why}" for why, count in reasons.items())
            nothing = self._words.gettext("paid nothing: {reasons}").format(reasons=counted)
            branch.add(f"[dim]{nothing}[/dim]")

    def _bounds(self, clip: dict[str, float | None]) -> str:
        bounds = (
            (self._words.gettext("at least {points}"), clip["min"]),
            (self._words.gettext("at most {points}"), clip["max"]),
        )
        said = (text.format(points=format(bound, "g")) for text, bound in bounds if bound is not None)
        return self._words.gettext(" ({bounds})").format(bounds=self._comma.join(said))

    def _line(self, fact: dict[str, Any]) -> str:
        parts = [f"{_local(fact['occurred_at'])} {fact['type']}"]
        if "points" in fact:
            text = self._words.gettext("{points} points, now {value}")
            parts[0] += " " + text.format(points=format(fact["points"], "g"), value=format(fact["value"], ".2f"))
        if fact.get("why") not in _COUNTS:
            parts.append(self._why(fact))
        return f"{self._comma.join(parts)} [dim]{escape(fact['event_id'])}[/dim]"

    def _why(self, fact: dict[str, Any]) -> str:
        return self._not_paid.get(fact["why"], str(fact["why"]))


def _matters(node: dict[str, Any]) -> bool:
    return bool(
        node["value"] or node.get("facts") or any("event_id" in c or _matters(c) for c in node.get("children", ()))
    )


def _local(text: str) -> str:
    return local_time(parse_instant(text))
