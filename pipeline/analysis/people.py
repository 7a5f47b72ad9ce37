"""Finding leads as people name them, and describing them: for `leadtide leads` and `leadtide explain`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from pipeline.analysis.outputs import Reader, Row, account_rows, is_lead
from pipeline.analysis.overdue import overdue, sla, waits
from pipeline.codec.instants import format_instant
from pipeline.engine.account_documents import account_row
from pipeline.engine.dealing_documents import dealings
from pipeline.engine.erased import is_nobody
from pipeline.errors import InputError
from pipeline.identity import canonical_email, subject_of_email, subject_of_visitor
from pipeline.scoring.accounts import PREFIX
from pipeline.scoring.attributes import EXTERNAL
from pipeline.scoring.ledger import explain, reasons, title_of
from pipeline.scoring.lifecycle import Map
from pipeline.scoring.model import Model
from pipeline.scoring.profile import Profile, Visits
from pipeline.scoring.scorer import Scorer
from pipeline.scoring.truth import Judge
from pipeline.scoring.whatif import WhatIf


@dataclass(frozen=True, slots=True)
class Population:
    """All profiles of an installation (or of a replay) at an instant, and the model they are scored by.

    `language` (a tag such as zh-CN): of the titles in what is told.
    """

    model: Model
    profiles: dict[str, Profile]
    instant: int
    language: str = "en"

    @classmethod
    def of(cls, model: Model, profiles: Iterable[Profile], instant: int, language: str = "en") -> Population:
        """The profiles by subject."""
        return cls(model, {profile.subject: profile for profile in profiles}, instant, language)

    def find(self, name: str) -> Profile:
        """The lead that `name` means: a lead id, an address, an external id, a visitor id, or an alias of one.

        Raises InputError if there is none, or several external ids of that value belong to several leads.
        """
        for subject in (name, subject_of_email(canonical_email(name)), subject_of_visitor(name)):
            if subject in self.profiles:
                return self._root(self.profiles[subject])
        found = {self._root(profile).subject for profile in self.profiles.values() if _has_external(profile, name)}
        if len(found) == 1:
            return self.profiles[found.pop()]
        if found:
            raise InputError(
                f"{name!r} is an external id of several leads: {', '.join(sorted(found))}; name one of these"
            )
        if name.startswith(PREFIX) and self.model.account is None:
            raise self._no_accounts()
        if name.startswith(PREFIX):
            raise InputError(f"no account is known by {name!r}: try an id out of `leadtide accounts`")
        raise InputError(f"no lead is known by {name!r}: try an address, a CRM id, or an id out of `leadtide leads`")

    def overdue(self, leads: Iterable[str] | None = None) -> dict[str, list[Row]]:
        """Lead id → what sales or whoever has to approve owes it, the longest first; only leads with any of it.

        Of these leads, else of all.
        """
        reader, stage_map = Reader(Scorer(self.model)), Map(self.model.lifecycle)
        found: dict[str, list[Row]] = {}
        asked = self.profiles.values() if leads is None else [self.profiles[lead] for lead in leads]
        for profile in filter(is_lead, asked):
            stage = stage_map.stages.get(profile.standing.stage)
            if profile.standing.waiting or (stage is not None and stage.sla is not None):
                outlook = reader.outlook(profile, max(self.instant, profile.clock))
                late = overdue(stage_map, Judge(outlook, profile.standing))
                if late:
                    found[profile.subject] = late
        return found

    def rows(self, stage: str | None = None, top: int | None = None) -> list[Row]:
        """Leads with their scores, highest total first."""
        reader = Reader(Scorer(self.model))
        rows = [
            reader.score_row(profile, max(self.instant, profile.clock))
            for profile in self.profiles.values()
            if is_lead(profile) and (stage is None or profile.standing.stage == stage)
        ]
        rows.sort(key=lambda row: (-row["total"], row["lead_id"]))
        return rows[:top]

    def accounts(self, stage: str | None = None, top: int | None = None) -> list[Row]:
        """Accounts as they stand, highest total first. Raises InputError if the model has none."""
        if self.model.account is None:
            raise self._no_accounts()
        rows = [
            row
            for profile in self.profiles.values()
            for row in account_rows([profile], self.model, max(self.instant, profile.clock))
            if stage is None or row["stage"] == stage
        ]
        rows.sort(key=lambda row: (-row["total"], row["account_id"]))
        return rows[:top]

    def explain_account(self, profile: Profile) -> dict[str, Any]:
        """How an account stands: its row with the addresses of its contacts, since when, and how often it moved."""
        if self.model.account is None:
            raise self._no_accounts()
        standing = profile.standing
        row = account_row(profile, self.model.account, max(self.instant, profile.clock))
        for contact in row["contacts"]:
            contact["email"] = self._email_of(contact["lead_id"])
        return row | {"entered_at": format_instant(standing.entered_at), "transitions": standing.seq}

    def explain(self, profile: Profile) -> dict[str, Any]:
        """Why the lead stands where it stands: score row, reasons, ledger, what it would take, what comes next."""
        scorer, instant = Scorer(self.model, self.language), max(self.instant, profile.clock)
        reader = Reader(scorer)
        outlook = reader.outlook(profile, instant)
        stage_map, judge = Map(self.model.lifecycle), Judge(outlook, profile.standing)
        what_if = WhatIf(scorer, profile.subject, profile.facts, profile.standing, instant)
        move = what_if.next_move()
        return reader.score_row(profile, instant) | {
            "entered_at": format_instant(profile.standing.entered_at),
            "transitions": profile.standing.seq,
            "history": [
                {
                    "stage": stage,
                    "times": visits.times,
                    "seconds": visits.spent_ms / 1000,
                    "entered_at": _text_of(visits.entered_at),
                    "left_at": _text_of(visits.left_at),
                }
                for stage, visits in sorted(profile.standing.visits.items(), key=_by_time)
            ],
            "sla": sla(stage_map, judge),
            "pending": waits(stage_map, judge),
            "reasons": reasons(outlook),
            **dealings(outlook.known),
            "ledger": explain(outlook),
            "what_it_takes": [
                {
                    "activity": step.type,
                    "fields": step.fields,
                    "rule": step.rule,
                    "title": title_of(step.titles, step.rule, self.language),
                    "to_stage": step.to_stage,
                    "asks": step.asks,
                }
                for step in what_if.steps()
            ],
            "next_by_itself": None
            if move is None
            else {
                "occurred_at": format_instant(move.occurred_at),
                "from_stage": move.from_stage,
                "to_stage": move.to_stage,
                "direction": move.direction,
                "cause": move.cause,
            },
        }

    def _no_accounts(self) -> InputError:
        found = f"the model {self.model.id} has no accounts"
        return InputError(f"{found}: give it a section `account`, or try --model preset:committee")

    def _email_of(self, lead: str) -> str | None:
        """The address of a lead, or None if it has none, or is not among these profiles."""
        profile = self.profiles.get(lead)
        if profile is None:
            return None
        outlook = Reader(Scorer(self.model)).outlook(profile, max(self.instant, profile.clock))
        email = outlook.known.attributes["email"]
        return None if email is None else str(email)

    def _root(self, profile: Profile) -> Profile:
        seen = set()
        while profile.is_alias and profile.subject not in seen:
            seen.add(profile.subject)
            leads = [subject for _, subject in profile.bindings if not is_nobody(subject)]
            profile = self.profiles[profile.alias_of or leads[-1]]
        return profile


def _by_time(stay: tuple[str, Visits]) -> tuple[int, int, str]:
    """Instants that were not kept are of long ago."""
    return (stay[1].entered_at, stay[1].left_at, stay[0])


def _text_of(instant: int) -> str | None:
    return None if instant < 0 else format_instant(instant)


def _has_external(profile: Profile, value: str) -> bool:
    return any(
        name.startswith(EXTERNAL) and found == value
        for fact in profile.facts.values()
        for name, found in fact.fields.items()
    )
