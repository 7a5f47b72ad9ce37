"""scoring.md once more, naively: straight from the text, on parsed YAML and plain event documents.

It shares no code with the product. Nothing is remembered and nothing is fast: every question walks over all facts.
Events are documents of the NDJSON form with `occurred_at` in ms and flat properties, all of one lead.
Durations are whole numbers of seconds in the models that the tests make; `unit` says how many ms such a second has.
"""

from __future__ import annotations

import ipaddress
import json
import math
import re
from fractions import Fraction
from typing import Any

from tests.scoring.oracle_values import folded, glob_matches, number_of, same

Doc = dict[str, Any]

HOUR_MS = 3_600_000
ATTRIBUTE_TYPES = {
    "form.submitted": {"form_id", "form_type", "list", "url"},
    "form.imported": {"form_id", "form_type", "list", "url"},
    "crm.attribute_set": {"by", "amount", "currency"},
    "crm.bant_updated": {"by", "amount", "currency"},
    "crm.opportunity_opened": {"by", "amount", "currency"},
    "crm.opportunity_won": {"by", "amount", "currency"},
}


def canonical(event: Doc) -> str:
    """The event's content as one text: keys sorted, compact, nothing that is empty."""
    return json.dumps(
        {k: v for k, v in event.items() if v not in ({}, None)},
        sort_keys=True,
        separators=(",", ":"),
        ensure_ascii=False,
    )


def distinct(events: list[Doc]) -> list[Doc]:
    """One fact per event id, the least content, in order of (occurred_at, event_id)."""
    least: dict[str, Doc] = {}
    for event in events:
        known = least.get(event["event_id"])
        if known is None or _content(event) < _content(known):
            least[event["event_id"]] = event
    return sorted(least.values(), key=lambda e: (e["occurred_at"], e["event_id"]))


def _content(event: Doc) -> tuple[int, str, str]:
    return event["occurred_at"], event["type"], canonical(event)


class Oracle:
    """One model over one lead's events."""

    def __init__(self, model: Doc, events: list[Doc], unit: int = 1000) -> None:
        self.model = model
        self.unit = unit
        self.all = distinct(events)
        self.marks_at = -1
        """Marks are judged on the facts up to this instant at least."""

    def ms(self, duration: str) -> int:
        assert duration.endswith("s")
        return int(duration[:-1]) * self.unit

    # ---- facts as of T

    def facts(self, at: int) -> list[Doc]:
        return [e for e in self.all if e["occurred_at"] <= at]

    def attributes(self, at: int) -> Doc:
        """Attributes as of T, derived ones included; absent ones are not in the map."""
        known: Doc = {}
        for event in self.facts(at):
            given = event.get("properties", {})
            if event["type"] in ATTRIBUTE_TYPES:
                known |= {k: v for k, v in given.items() if k not in ATTRIBUTE_TYPES[event["type"]]}
            if event["type"] == "crm.disqualified":
                known["reevaluate_on"] = given.get("reevaluate_on")
        known |= self._derived(at, known)
        gone = self.model.get("nulls", [])
        return {
            k: v
            for k, v in known.items()
            if v is not None and not (isinstance(v, str) and not v.strip()) and not any(same(v, n) for n in gone)
        }

    def _derived(self, at: int, known: Doc) -> Doc:
        facts = self.facts(at)
        emails = [e["email"] for e in facts if e.get("email")]
        accounts = [e["account"] for e in facts if e.get("account")]
        sources = [e["campaign"]["source"] for e in facts if e.get("campaign", {}).get("source")]
        sources = sources or [e["source"] for e in facts if e.get("source")]
        names = [e["campaign"]["name"] for e in facts if e.get("campaign", {}).get("name")]
        domain = emails[-1].rpartition("@")[2] if emails else None
        own = domain if domain not in ("gmail.com", "qq.com") else None
        company = known.get("company_domain")
        company = company if isinstance(company, str) else None
        return {
            "email": emails[-1] if emails else None,
            "email_domain": domain,
            "account": accounts[-1] if accounts else (company or own),
            "first_source": sources[0] if sources else None,
            "last_source": sources[-1] if sources else None,
            "first_campaign": names[0] if names else None,
            "last_campaign": names[-1] if names else None,
        }

    # ---- conditions

    def holds(self, condition: Doc, value_of: Any) -> bool:
        """A rule's condition; `value_of(name)` is None where a name is absent."""
        return all(self._part(key, asked, value_of) for key, asked in condition.items())

    def _part(self, key: str, asked: Any, value_of: Any) -> bool:
        if key == "all":
            return all(self.holds(c, value_of) for c in asked)
        if key == "any":
            return any(self.holds(c, value_of) for c in asked)
        if key == "not":
            return not self.holds(asked, value_of)
        if key == "exists":
            return value_of(asked) is not None
        if key == "attribute":
            return all(self._asks(value_of(name), inner) for name, inner in asked.items())
        return self._asks(value_of(key), asked)

    def _asks(self, value: Any, asked: Any) -> bool:
        if not isinstance(asked, dict):
            asked = {"equals": asked}
        return all(self._operator(op, value, operand) for op, operand in asked.items())

    def _operator(self, op: str, value: Any, operand: Any) -> bool:
        if value is None:
            return (op == "exists" and operand is False) or (op == "equals" and operand is None)
        if op == "matches":
            return isinstance(value, str) and re.search(operand, value, re.ASCII) is not None
        if op == "in_list":
            operand = self.model["lists"][operand]
        if self.model.get("fold") == "case":
            value, operand = folded(value), folded(operand)
        number = number_of(value)
        return {
            "exists": lambda: operand is True,
            "equals": lambda: same(value, operand),
            "not": lambda: not same(value, operand),
            "in": lambda: any(same(value, o) for o in operand),
            "in_list": lambda: any(same(value, o) for o in operand),
            "not_in": lambda: not any(same(value, o) for o in operand),
            "at_least": lambda: number is not None and number >= operand,
            "at_most": lambda: number is not None and number <= operand,
            "between": lambda: number is not None and operand[0] <= number <= operand[1],
            "contains": lambda: isinstance(value, str) and operand in value,
            "glob": lambda: isinstance(value, str) and glob_matches(operand, value),
        }[op]()

    def value_of(self, event: Doc, at: int) -> Any:
        """Looks up the names that a condition on an activity may use, as of T."""

        def look(name: str) -> Any:
            if name == "seconds" and event["type"] == "web.page_viewed":
                return self._seconds(event, at)
            if name in event.get("properties", {}):
                return event["properties"][name]
            if name.startswith("campaign."):
                return event.get("campaign", {}).get(name[len("campaign.") :])
            if name in ("source", "account"):
                return event.get(name)
            return None

        return look

    def _seconds(self, view: Doc, at: int) -> Any:
        own = view.get("properties", {}).get("seconds")
        view_id = view.get("properties", {}).get("page_view_id")
        pings = [
            number_of(e["properties"].get("seconds")) or 0.0
            for e in self.facts(at)
            if e["type"] == "web.page_pinged"
            and view_id is not None
            and e["properties"].get("page_view_id") == view_id
            and not self.marked(e, at)
        ]
        return math.fsum([number_of(own) or 0.0, *pings]) if pings else own

    # ---- marks and consent

    def marked(self, event: Doc, at: int) -> bool:
        """Whether the facts known at T make the event a machine's or an insider's."""
        at = max(at, self.marks_at)
        return self._is_bot(event, at) or self._is_internal(event, at)

    def _is_bot(self, event: Doc, at: int) -> bool:
        bots = self.model.get("bots", {})
        if "Googlebot" in (event.get("context", {}).get("user_agent") or ""):
            return True
        if event["type"] in ("email.opened", "email.clicked") and self._is_too_fast(event, at, bots):
            return True
        return self._is_in_burst(event, at, bots) or self._is_near_trap(event, at, bots)

    def _is_too_fast(self, event: Doc, at: int, bots: Doc) -> bool:
        message = event.get("properties", {}).get("message_id")
        delivered = [
            e["occurred_at"]
            for e in self.facts(at)
            if e["type"] == "email.delivered" and message and e["properties"].get("message_id") == message
        ]
        delay = self.ms(bots.get("min_delay", "2s")) if "min_delay" in bots else 2000
        return bool(delivered) and event["occurred_at"] - min(delivered) < delay

    def _is_in_burst(self, event: Doc, at: int, bots: Doc) -> bool:
        if event["type"] != "email.clicked":
            return False
        mine = event.get("properties", {})
        if not mine.get("message_id") or not mine.get("url"):
            return False
        clicks = [
            e
            for e in self.facts(at)
            if e["type"] == "email.clicked"
            and e["properties"].get("message_id") == mine["message_id"]
            and e["properties"].get("url")
        ]
        for first in clicks:
            start = first["occurred_at"]
            inside = [e for e in clicks if start <= e["occurred_at"] < start + 2000]
            if len({e["properties"]["url"] for e in inside}) >= bots.get("burst", 5) and event in inside:
                return True
        return False

    def _is_near_trap(self, event: Doc, at: int, bots: Doc) -> bool:
        for trap in self.facts(at):
            path = trap.get("properties", {}).get("path")
            if not isinstance(path, str) or not any(glob_matches(p, path) for p in bots.get("honeypots", [])):
                continue
            if trap is event:
                return True
            agent, visitor = trap.get("context", {}).get("user_agent"), trap.get("visitor_id")
            alike = (visitor and visitor == event.get("visitor_id")) or (
                agent and agent == event.get("context", {}).get("user_agent")
            )
            if alike and abs(trap["occurred_at"] - event["occurred_at"]) <= HOUR_MS:
                return True
        return False

    def _is_internal(self, event: Doc, at: int) -> bool:
        internal = self.model.get("internal", {})
        domains = {(e.get("email") or "").rpartition("@")[2] for e in self.facts(at)} - {""}
        if domains & set(internal.get("email_domains", [])):
            return True
        ip = event.get("context", {}).get("ip")
        return bool(ip) and any(ipaddress.ip_address(ip) in ipaddress.ip_network(n) for n in internal.get("ips", []))

    def consent(self, purpose: str, at: int) -> bool:
        stated = [e["consent"][purpose] for e in self.facts(at) if purpose in e.get("consent", {})]
        return stated[-1] if stated else self.model.get("consent", {}).get("unknown", "allow") == "allow"

    def _may_pay(self, event: Doc, at: int) -> bool:
        purpose = self.model.get("consent", {}).get(event["type"].partition(".")[0])
        return purpose is None or (self.consent(purpose, at) and self.consent(purpose, event["occurred_at"]))

    # ---- points

    def eligible(self, rule: Doc, at: int, *, negative: bool = False, after: int | None = None) -> list[Doc]:
        """What a selector (`on`, `when`) sees at T."""
        types = rule["on"] if isinstance(rule["on"], list) else [rule["on"]]
        return [
            e
            for e in self.facts(at)
            if e["type"] in types
            and (after is None or e["occurred_at"] > after)
            and self.holds(rule.get("when", {}), self.value_of(e, at))
            and not self.marked(e, at)
            and (negative or self._may_pay(e, at))
        ]

    def paid(self, rule: Doc, at: int, after: int | None = None) -> list[tuple[Doc, float]]:
        """The paid activities of an activity rule, each with its points before decay."""
        given = rule["points"]
        worth = given.get("factor", 1) if isinstance(given, dict) else given
        limit = rule.get("limit")
        limit = {"count": 1} if limit == "once" else limit
        done: list[Doc] = []
        for event in self.eligible(rule, at, negative=worth < 0, after=after):
            if limit:
                begin = event["occurred_at"] - self.ms(limit["per"]) if "per" in limit else -math.inf
                rivals = [e for e in done if e["occurred_at"] > begin and _alike(e, event, limit.get("by"))]
                if len(rivals) >= limit["count"]:
                    continue
            done.append(event)
        return [(e, self._raw(given, e, at)) for e in done]

    def _raw(self, given: Any, event: Doc, at: int) -> float:
        if not isinstance(given, dict):
            return float(given)
        number = number_of(self.value_of(event, at)(given["per"]))
        if number is None:
            return 0.0
        return min(given.get("max", math.inf), given.get("factor", 1) * number)

    def faded(self, points: float, decay: Any, age: int) -> float:
        if decay == "none":
            return points
        (kind, value), *_ = decay.items()
        if kind == "steps":
            for until, share in value:
                if age < self.ms(until):
                    return points * share
            return 0.0
        span = self.ms(value)
        if kind == "half_life":
            return points * 2.0 ** (-age / span) if age < 20 * span else 0.0
        if kind == "linear":
            return points * max(0, 1 - age / span)
        return points if age < span else 0.0

    def counts(self, asked: Doc, at: int, *, negative: bool = False, after: int | None = None) -> bool:
        """Whether a frequency's number is reached at T."""
        begin = at - self.ms(asked["within"]) if "within" in asked else -math.inf
        seen = [e for e in self.eligible(asked, at, negative=negative, after=after) if e["occurred_at"] > begin]
        many: float = len(seen)
        if "sum" in asked:
            many = math.fsum(number_of(self.value_of(e, at)(asked["sum"])) or 0.0 for e in seen)
        if "at_least" in asked:
            return bool(many >= asked["at_least"])
        if "exactly" in asked:
            return bool(many == asked["exactly"])
        return bool(asked["between"][0] <= many <= asked["between"][1])

    def rule(self, rule: Doc, half: str, at: int, after: int | None = None) -> float | None:
        """What a rule pays at T; None where it does not pay at all."""
        if "best_of" in rule:
            said = [self.rule(member, half, at, after) for member in rule["best_of"]]
            best = max((points for points in said if points is not None), default=0.0)
            return _clip(rule["weight"] * best / 100 if "weight" in rule else best, rule)
        if half == "explicit":
            return float(rule["points"]) if self.holds(rule["when"], self.attributes(at).get) else None
        if "frequency" in rule:
            reached = self.counts(rule["frequency"], at, negative=rule["points"] < 0, after=after)
            return float(rule["points"]) if reached else None
        decay = rule.get("decay", self.model["implicit"].get("decay", "none"))
        paid = self.paid(rule, at, after)
        worth = [self.faded(points, decay, at - e["occurred_at"]) for e, points in paid]
        return _clip(math.fsum(worth), rule) or None

    def category(self, half: str, at: int, after: int | None = None) -> float:
        """The sum of a half: rules, then groups, then its range."""
        section = self.model.get(half, {})
        pays = {r["id"]: self.rule(r, half, at, after) or 0.0 for r in section.get("rules", [])}
        groups = section.get("groups", [])
        parts = [_clip(math.fsum(pays.pop(name) for name in group["rules"]), group) for group in groups]
        low, high = section.get("range", [-math.inf, math.inf])
        return min(max(math.fsum([*parts, *pays.values()]), low), high)

    def score(self, at: int) -> tuple[float, float, float, str]:
        """Explicit, implicit, total and grade at T."""
        explicit, implicit = self.category("explicit", at), self.category("implicit", at)
        weights = self.model.get("weights", {})
        total = weights.get("explicit", 1) * explicit + weights.get("implicit", 1) * implicit
        return explicit, implicit, total, self.grade(explicit, implicit)

    def grade(self, explicit: float, implicit: float) -> str:
        cuts = self.model.get("grades", {})
        letters = cuts.get("explicit", {"A": 75, "B": 50, "C": 25})
        digits = cuts.get("implicit", {1: 75, 2: 50, 3: 25})
        letter = next((k for k in sorted(letters) if explicit >= letters[k]), chr(ord(max(letters)) + 1))
        digit = next((k for k in sorted(digits) if implicit >= digits[k]), int(max(digits)) + 1)
        return f"{letter}{digit}"


def exact_sum(points: list[float]) -> float:
    """What fsum must give: the double nearest to the true sum."""
    return float(sum((Fraction(p) for p in points), Fraction(0)))


def _alike(left: Doc, right: Doc, by: str | None) -> bool:
    if by is None:
        return True
    mine, other = left.get("properties", {}).get(by), right.get("properties", {}).get(by)
    return same(mine, other)


def _clip(points: float, bounds: Doc) -> float:
    return min(max(points, bounds.get("min", -math.inf)), bounds.get("max", math.inf))
