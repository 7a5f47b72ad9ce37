"""An explanation as people read it: titles, local times, the facts that count, the rest counted by reason."""

from __future__ import annotations

from collections import Counter
from typing import Any

from rich.markup import escape
from rich.tree import Tree

from pipeline.cli.display import stdout
from pipeline.cli.instants import local_time
from pipeline.cli.lines import stage_titles
from pipeline.codec.instants import parse_instant
from pipeline.scoring.model import Model

MOST_FACTS = 5
"""Facts shown of one rule, the newest ones."""
_COUNTS = (None, "counted")


def show(found: dict[str, Any], model: Model, *, all_facts: bool) -> None:
    """Print what `Population.explain` found; with `all_facts` also every fact that pays nothing."""
    console = stdout()
    titles = stage_titles(model)
    stage = titles.get(found["stage"], found["stage"])
    console.print(f"[bold]{escape(found['email'] or found['lead_id'])}[/bold]  {escape(found['account'] or '')}")
    console.print(
        f"{stage} since {_local(found['entered_at'])}, grade {found['grade']}, as of {_local(found['as_of'])}"
    )
    tree = Tree(f"[bold]total {found['total']:.2f}[/bold]")
    for half in ("explicit", "implicit"):
        _add(tree, found["ledger"][half], all_facts=all_facts)
    console.print(tree)
    if found["what_it_takes"]:
        console.print("One of these would move it on:")
    for step in found["what_it_takes"]:
        fields = ", ".join(f"{name} {value}" for name, value in step["fields"].items())
        target = titles.get(step["to_stage"], step["to_stage"])
        console.print(
            f"  {step['title']} ({escape(step['activity'])}{': ' + escape(fields) if fields else ''}) → {target}"
        )
    if not found["what_it_takes"]:
        console.print("No single activity would move it on.")
    move = found["next_by_itself"]
    if move is None:
        console.print("Without any activity it stays where it is.")
    else:
        target = titles.get(move["to_stage"], move["to_stage"])
        console.print(f"Without any activity: {stage} → {target} on {_local(move['occurred_at'])} ({move['cause']})")


def _add(parent: Tree, node: dict[str, Any], *, all_facts: bool) -> None:
    facts = [child for child in (*node.get("children", ()), *node.get("facts", ())) if "event_id" in child]
    inner = [child for child in node.get("children", ()) if "event_id" not in child]
    inner += [member for member in node.get("members", ()) if member["paying"] and member["kind"] != "attributes"]
    if not node["value"] and not facts and not any(map(_matters, inner)):
        return
    clip = f" [dim]({_bounds(node['clip'])})[/dim]" if "clip" in node else ""
    branch = parent.add(f"{escape(node['title'])}: {node['value']:.2f}{clip}")
    for child in inner:
        _add(branch, child, all_facts=all_facts)
    counting = [fact for fact in facts if fact.get("why") in _COUNTS]
    others = [fact for fact in facts if fact.get("why") not in _COUNTS]
    shown = facts if all_facts else counting[-MOST_FACTS:]
    for fact in shown:
        branch.add(_line(fact))
    if not all_facts and len(counting) > len(shown):
        branch.add(f"[dim]and {len(counting) - len(shown)} older ones[/dim]")
    if not all_facts and others:
        reasons = Counter(fact["why"] for fact in others)
        branch.add("[dim]paid nothing: " + ", ".join(f"{n} × {why}" for why, n in reasons.items()) + "[/dim]")


def _bounds(clip: dict[str, float | None]) -> str:
    bounds = (("at least", clip["min"]), ("at most", clip["max"]))
    return ", ".join(f"{word} {bound:g}" for word, bound in bounds if bound is not None)


def _matters(node: dict[str, Any]) -> bool:
    return bool(
        node["value"] or node.get("facts") or any("event_id" in c or _matters(c) for c in node.get("children", ()))
    )


def _line(fact: dict[str, Any]) -> str:
    points = f" {fact['points']:g} points, now {fact['value']:.2f}" if "points" in fact else ""
    why = f", {fact['why']}" if fact.get("why") not in _COUNTS else ""
    return f"{_local(fact['occurred_at'])} {fact['type']}{points}{why} [dim]{escape(fact['event_id'])}[/dim]"


def _local(text: str) -> str:
    return local_time(parse_instant(text))
