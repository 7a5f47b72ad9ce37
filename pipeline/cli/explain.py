"""`leadtide explain`: why this lead, why now, and what comes next."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

from pipeline.cli.helptext import described

app = typer.Typer(rich_markup_mode="rich")


@app.command(
    **described(
        """Say why a lead has its score, what it would take to move it on, and what happens by itself.

        A lead is named by its address, a CRM id, a visitor id or its lead id. Looks into the running system, or with
        --events into event files.""",
        "leadtide explain ann@acme.example",
        "leadtide explain 0035g00001 --at 2026-03-01T09:00:00Z --events events.ndjson",
        "leadtide explain ann@acme.example --json | jq .what_it_takes",
    )
)
def explain(
    lead: Annotated[str, typer.Argument(metavar="LEAD|ADDRESS", help="An address, a CRM id, a visitor or lead id.")],
    *,
    at: Annotated[str | None, typer.Option("--at", help="As of this instant.")] = None,
    events: Annotated[list[str] | None, typer.Option("--events", help="Event files instead of the system.")] = None,
    model: Annotated[str | None, typer.Option("--model", help="A model file, or preset:NAME.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The whole explanation as one JSON document.")] = False,
) -> None:
    """Say why a lead has its score."""
    from pipeline.cli.population import population
    from pipeline.codec.instants import format_instant, parse_instant
    from pipeline.errors import HistoryError

    people = population(events or [], model, at)
    profile = people.find(lead)
    if at is not None and profile.clock > people.instant:
        when = format_instant(people.instant)
        message = f"the table knows this lead as of {format_instant(profile.clock)}, not as of {when}; "
        raise HistoryError(message + f"ask the log: leadtide explain {lead} --at {when} --events EVENTS.ndjson")
    found = people.explain(profile)
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False, sort_keys=True, indent=2))
        return
    _show(found, people.model, parse_instant)


def _show(found: dict[str, Any], model: Any, instant_of: Any) -> None:
    from rich.console import Console
    from rich.tree import Tree

    from pipeline.cli.instants import local_time
    from pipeline.scoring.ledger import title_of

    def local(text: str) -> str:
        return local_time(instant_of(text))

    console = Console(highlight=False)
    titles = {s.id: title_of(s.titles, s.id) for s in model.lifecycle.stages}
    name = found["email"] or found["lead_id"]
    stage = titles.get(found["stage"], found["stage"])
    console.print(f"[bold]{name}[/bold]  {found['account'] or ''}  as of {local(found['as_of'])}")
    console.print(f"{stage} since {local(found['entered_at'])} · grade {found['grade']} · total {found['total']:.1f}")
    tree = Tree(f"total {found['total']:.2f}")
    for half in ("explicit", "implicit"):
        _branch(tree, found["ledger"][half], local)
    console.print(tree)
    if found["what_it_takes"]:
        console.print("[bold]One of these would move it on[/bold]")
        for step in found["what_it_takes"]:
            fields = ", ".join(f"{k} {v}" for k, v in step["fields"].items())
            target = titles.get(step["to_stage"], step["to_stage"])
            console.print(f"  {step['title']}: {step['activity']}{f' ({fields})' if fields else ''} → {target}")
    else:
        console.print("No single activity would move it on.")
    move = found["next_by_itself"]
    if move is None:
        console.print("Nothing changes by itself.")
    else:
        target = titles.get(move["to_stage"], move["to_stage"])
        console.print(f"Without any activity: {stage} → {target} on {local(move['occurred_at'])} ({move['cause']})")


def _branch(parent: Any, node: dict[str, Any], local: Any) -> None:
    note = f" ({node['clip']['min']} to {node['clip']['max']})" if "clip" in node else ""
    branch = parent.add(f"{node['title']}: {node['value']:.2f}{note}")
    for child in [*node.get("children", ()), *node.get("members", ())]:
        if "event_id" in child:
            _fact(branch, child, local)
        elif child["value"] or child.get("facts") or child.get("children"):
            _branch(branch, child, local)
    for fact in node.get("facts", ()):
        _fact(branch, fact, local)


def _fact(branch: Any, fact: dict[str, Any], local: Any) -> None:
    points = f" {fact['points']:g} points, now {fact['value']:.2f}" if "points" in fact else ""
    why = f" — {fact['why']}" if "why" in fact else ""
    branch.add(f"{local(fact['occurred_at'])} {fact['type']}{points}{why} [dim]{fact['event_id']}[/dim]")
