"""Rules and groups in words."""

from __future__ import annotations

from typing import Any

from pipeline.models import words

Aspects = dict[str, str]


def of_halves(data: dict[str, Any], score: str) -> dict[str, dict[str, Aspects]]:
    """The rules and groups of both halves; `score` is '' or the name of a further score, and a blank."""
    found: dict[str, dict[str, Aspects]] = {}
    for name in ("explicit", "implicit"):
        half = data.get(name) or {}
        decay = half.get("decay", "none")
        found[f"{score}{name} rules"] = {r["id"]: _rule(r, decay, name) for r in half.get("rules") or ()}
        found[f"{score}{name} groups"] = {g["id"]: _group(g) for g in half.get("groups") or ()}
    return found


def _rule(data: dict[str, Any], decay: Any, half: str) -> Aspects:
    if "best_of" not in data:
        return _titled(data) | _single(data, decay, half)
    found = _titled(data) | _bounds(data)
    if "weight" in data:
        found["weight"] = f"{data['weight']:g} %"
    for index, member in enumerate(data["best_of"]):
        said = _titled(member) | _single(member, decay, half)
        name = f"member {member.get('id', index + 1)}"
        found[name] = "; ".join(f"{aspect} {text}" for aspect, text in said.items())
    return found


def _single(data: dict[str, Any], decay: Any, half: str) -> Aspects:
    found = {"points": words.points(data["points"])}
    if half == "explicit":
        return found | {"when": words.condition(data["when"])}
    if "frequency" in data:
        return found | {"when": words.frequency(data["frequency"])}
    return found | {"when": words.selector(data), "decay": words.decay(data.get("decay", decay))} | _bounds(data)


def _bounds(data: dict[str, Any]) -> Aspects:
    """`limit`, `max` and `min`, as far as they are given."""
    found = {"limit": words.limit({"limit": data["limit"]})} if "limit" in data else {}
    return found | {key: f"{data[key]:g}" for key in ("max", "min") if key in data}


def _group(data: dict[str, Any]) -> Aspects:
    return _titled(data) | {"rules": words.listed(sorted(data["rules"]))} | _bounds(data)


def _titled(data: dict[str, Any]) -> Aspects:
    return {"title": title(data["title"])} if "title" in data else {}


def title(data: Any) -> str:
    """A title, in each of its languages."""
    return " / ".join(str(text) for text in data.values()) if isinstance(data, dict) else str(data)
