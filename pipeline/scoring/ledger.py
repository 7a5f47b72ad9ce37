"""Why: the score of a lead as a tree that adds up exactly (contract: scoring.md, The ledger).

Every node's `value` is the `fsum` of its children's, or the stated clip of it. Leaves are facts.
"""

from __future__ import annotations

import math
from typing import Any

from pipeline.scoring.activity import Activity
from pipeline.scoring.conditions import Selector
from pipeline.scoring.instants import text_of
from pipeline.scoring.known import Known
from pipeline.scoring.model import Category, NamedScore, Titles
from pipeline.scoring.outlook import Outlook
from pipeline.scoring.rules import Best, Counting, Paying, Prepared
from pipeline.scoring.sheet import Sheet

Node = dict[str, Any]
REASONS = 5
EVENTS_PER_REASON = 20


def title_of(titles: Titles, otherwise: str, language: str = "en") -> str:
    """The title in a language (a tag such as zh-CN), else the nearest one that there is, else `otherwise`.

    Nearest first: that very tag, the tag without its last parts (RFC 4647, 3.4: zh for zh-CN), the plain title,
    English, another variant of the language, any. A tag's letters count in either case, as they do in RFC 5646.
    """
    if language in titles:
        return titles[language]
    if len(titles) < 2:  # nothing to choose from, as with every title that is a plain text
        return next(iter(titles.values()), otherwise)
    wanted, by_tag = language.lower(), {tag.lower(): title for tag, title in titles.items()}
    parts = wanted.split("-")
    nearer = ["-".join(parts[:count]) for count in range(len(parts), 0, -1)]
    variants = [tag for tag in by_tag if tag.partition("-")[0] == parts[0]]
    for tag in (*nearer, "", "en", *variants):
        if tag in by_tag:
            return by_tag[tag]
    return next(iter(titles.values()))


def explain(outlook: Outlook) -> Node:
    """The whole tree at the outlook's instant: explicit, implicit and total; the model's further scores likewise."""
    model = outlook.model
    tree = {
        "explicit": _category("explicit", model.explicit, outlook.explicit_sheet, outlook),
        "implicit": _category("implicit", model.implicit, outlook.implicit_sheet, outlook),
        "total": outlook.total(outlook.now).low,
        "weights": {"explicit": model.weight_explicit, "implicit": model.weight_implicit},
        "grade": outlook.grade,
    }
    return tree | {"scores": [_named(score, outlook) for score in model.scores]} if model.scores else tree


def _named(score: NamedScore, outlook: Outlook) -> Node:
    named = outlook.named(score)
    return {
        "id": score.name,
        "title": title_of(score.titles, score.name, outlook.language),
        "explicit": _category("explicit", score.explicit, named.explicit_sheet, outlook),
        "implicit": _category("implicit", score.implicit, named.implicit_sheet, outlook),
        "total": named.total(outlook.now).low,
        "weights": {"explicit": score.weight_explicit, "implicit": score.weight_implicit},
        "grade": named.grade,
    }


def reasons(outlook: Outlook) -> list[Node]:
    """The five rules that weigh most, by |points|, then by id."""
    rows: list[Node] = []
    for sheet in (outlook.explicit_sheet, outlook.implicit_sheet):
        for rule in sheet.paying:
            points = rule.value(outlook.now).low
            if points:
                events = _events(rule, outlook.known.instant)[-EVENTS_PER_REASON:]
                title = title_of(rule.rule.titles, rule.rule.id, outlook.language)
                rows.append({"rule": rule.rule.id, "title": title, "points": points, "events": events})
    rows.sort(key=lambda row: (-abs(row["points"]), row["rule"]))
    return rows[:REASONS]


def _events(rule: Prepared, instant: int) -> list[str]:
    """The events that pay now."""
    if isinstance(rule, Paying):
        return [fact.event_id for fact, _, now in rule.contributions(instant) if now]
    if isinstance(rule, Counting):
        window = rule.window
        return [fact.event_id for fact in window.facts[window.first_inside(instant) :]]
    if isinstance(rule, Best):
        best = rule.paying(instant)
        return _events(best, instant) if best is not None else []
    return []


def _category(name: str, category: Category, sheet: Sheet, outlook: Outlook) -> Node:
    children = [_rule(rule, outlook) for rule in sheet.single]
    for together in sheet.groups:
        group = together.group
        inside = [_rule(rule, outlook) for rule in together.rules]
        node = _sum(group.id, title_of(group.titles, group.id, outlook.language), "group", inside)
        children.append(_clipped(node, together.value(outlook.now).low, group.min, group.max))
    node = _sum(name, name, "category", children)
    return _clipped(node, sheet.value(outlook.now).low, category.lowest, category.highest)


def _sum(node_id: str, title: str, kind: str, children: list[Node]) -> Node:
    return {
        "id": node_id,
        "title": title,
        "kind": kind,
        "children": children,
        "sum": math.fsum(c["value"] for c in children),
    }


def _clipped(node: Node, value: float, least: float | None, most: float | None) -> Node:
    node["value"] = value
    if value != node["sum"]:
        node["clip"] = {"min": least, "max": most}
    return node


def _rule(rule: Prepared, outlook: Outlook) -> Node:
    instant, value = outlook.known.instant, rule.value(outlook.now).low
    title = title_of(rule.rule.titles, rule.rule.id, outlook.language)
    if isinstance(rule, Paying):
        leaves = _activity_leaves(rule, outlook.known)
        node = _sum(rule.rule.id, title, "activities", leaves)
        return _clipped(node, value, rule.rule.min, rule.rule.max)
    if isinstance(rule, Counting):
        window = rule.window
        counted = window.facts[window.first_inside(instant) :]
        leaves = [_leaf(f, None, None, "counted" if f in counted else "window closed") for f in window.facts]
        leaves += _excluded(rule, rule.rule.frequency.selector, rule.window.facts, outlook.known)
        amount = window.amount(outlook.now).low
        held = bool(window.truth(outlook.now))
        return {
            "id": rule.rule.id,
            "title": title,
            "kind": "frequency",
            "value": value,
            "amount": amount,
            "holds": held,
            "facts": leaves,
        }
    if isinstance(rule, Best):
        return _best_of(rule, value, title, outlook)
    held = bool(rule.pays(outlook.now))
    return {"id": rule.rule.id, "title": title, "kind": "attributes", "value": value, "holds": held}


def _best_of(rule: Best, value: float, title: str, outlook: Outlook) -> Node:
    best = rule.paying(outlook.known.instant)
    members = [_rule(member, outlook) | {"paying": member is best} for member in rule.members]
    unclipped = 0.0 if best is None else best.value(outlook.now).low
    if rule.rule.weight is not None:
        unclipped = rule.rule.weight * unclipped / 100
    clip = {} if value == unclipped else {"clip": {"min": rule.rule.min, "max": rule.rule.max}}
    return clip | {
        "id": rule.rule.id,
        "title": title,
        "kind": "best_of",
        "value": value,
        "weight": rule.rule.weight,
        "members": members,
    }


def _activity_leaves(rule: Paying, known: Known) -> list[Node]:
    leaves = []
    for fact, points, now in rule.contributions(known.instant):
        leaves.append(_leaf(fact, points, now, None if now else "window closed" if points else "no points"))
    return leaves + _excluded(rule, rule.rule.selector, rule.facts, known)


def _excluded(rule: Paying | Counting, selector: Selector, used: list[Activity], known: Known) -> list[Node]:
    """The matching activities that pay nothing, each with the reason."""
    ids = {fact.event_id for fact in used}
    leaves = []
    for fact in known.matching(selector):
        if fact.event_id not in ids:
            mark = known.marks.get(fact.event_id)
            why = "internal" if mark == "internal" else f"bot: {mark}" if mark else None
            why = why or ("consent" if rule.needs_consent and not known.allowed(fact) else "limit")
            leaves.append(_leaf(fact, 0.0, 0.0, why))
    return leaves


def _leaf(fact: Activity, points: float | None, now: float | None, why: str | None) -> Node:
    leaf: Node = {"event_id": fact.event_id, "type": fact.type, "occurred_at": text_of(fact.occurred_at)}
    if points is not None:
        leaf |= {"points": points, "value": now}
    if why is not None:
        leaf["why"] = why
    return leaf
