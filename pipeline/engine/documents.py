"""The output records, as JSON-ready documents (contract: events.md Stage change, scoring.md replay)."""

from __future__ import annotations

from typing import Any
from uuid import NAMESPACE_URL, uuid5

from pipeline.codec.instants import format_instant
from pipeline.scoring.attributes import external_ids_of, owner_of
from pipeline.scoring.duties import pendings
from pipeline.scoring.ledger import reasons
from pipeline.scoring.lifecycle import Map, StageChanged
from pipeline.scoring.outlook import Outlook
from pipeline.scoring.profile import Profile
from pipeline.scoring.signals.trend import trend
from pipeline.scoring.truth import Judge

Document = dict[str, Any]


def change_id(subject: str, seq: int) -> str:
    """The id of a subject's stage change."""
    return str(uuid5(NAMESPACE_URL, f"urn:leadtide:change:{subject}:{seq}"))


def stage_change(
    profile: Profile, change: StageChanged, outlook: Outlook, absorbed: list[tuple[str, int, str]]
) -> Document:
    """One transition; `decided_at` is stamped by whoever publishes it."""
    lead, model, attributes = profile.subject, outlook.model, outlook.known.attributes
    return {
        "change_id": change_id(lead, change.seq),
        "lead_id": lead,
        "seq": change.seq,
        "email": attributes["email"],
        "account": attributes["account"],
        "owner": owner_of(outlook.known.facts),
        "external_ids": external_ids_of(outlook.known.facts),
        "first_source": attributes["first_source"],
        "first_campaign": attributes["first_campaign"],
        "from_stage": change.from_stage,
        "to_stage": change.to_stage,
        "direction": change.direction,
        "occurred_at": format_instant(change.occurred_at),
        "cause": change.cause,
        "trigger_event_id": change.trigger_event_id,
        **scores_of(outlook),
        "reasons": reasons(outlook),
        "model": model.id,
        "model_version": model.model_version,
        "retracts_seq": change.retracts_seq,
        "absorbed": [{"lead_id": subject, "last_seq": seq, "stage": stage} for subject, seq, stage in absorbed],
        "sla_due_at": None if change.sla_due_at is None else format_instant(change.sla_due_at),
    }


def scores_of(outlook: Outlook) -> Document:
    """explicit, implicit, total and grade at the outlook's instant."""
    return {
        "explicit": outlook.explicit,
        "implicit": outlook.implicit(outlook.now).low,
        "total": outlook.total(outlook.now).low,
        "grade": outlook.grade,
    }


def score_record(profile: Profile, outlook: Outlook, stage_map: Map) -> Document:
    """What is published of a lead's score: with its reasons, the model's further scores, and what waits for approval.

    The last two only where there is any of it.
    """
    document = score(profile, outlook) | {"reasons": reasons(outlook)}
    if outlook.model.scores:
        document["scores"] = named_scores(outlook)
    if profile.standing.waiting:
        document["pending"] = pending(profile, outlook, stage_map)
    return document


def pending(profile: Profile, outlook: Outlook, stage_map: Map) -> list[Document]:
    """The transitions that wait for approvals, each with its open step."""
    return [waiting.document() for waiting in pendings(stage_map, Judge(outlook, profile.standing))]


def named_scores(outlook: Outlook) -> Document:
    """The model's further scores at the outlook's instant, by name."""
    found: Document = {}
    for wanted in outlook.model.scores:
        named = outlook.named(wanted)
        found[wanted.name] = {
            "explicit": named.explicit,
            "implicit": named.implicit,
            "total": named.total(outlook.now).low,
            "grade": named.grade,
        }
    return found


def score(profile: Profile, outlook: Outlook) -> Document:
    """The latest score of a lead, as of the outlook's instant."""
    attributes = outlook.known.attributes
    return {
        "lead_id": profile.subject,
        "anonymous": profile.subject.startswith("v:"),
        "email": attributes["email"],
        "account": attributes["account"],
        "owner": owner_of(outlook.known.facts),
        "first_source": attributes["first_source"],
        "first_campaign": attributes["first_campaign"],
        "stage": profile.standing.stage,
        **scores_of(outlook),
        "trend": trend(outlook),
        "as_of": format_instant(outlook.known.instant),
        "due_at": None if profile.due is None else format_instant(profile.due),
        "aliases": sorted(profile.aliases),
    }


def signal(  # noqa: PLR0917 - the fields of the record, in its order
    lead: str, name: str, occurred_at: int, stage: str, key: str, details: Document, **more: Any
) -> Document:
    """One signal; `key` tells several of one name at one instant apart."""
    text = f"urn:leadtide:signal:{lead}:{name}:{occurred_at}:{key}"
    return {
        "signal_id": str(uuid5(NAMESPACE_URL, text)),
        "signal": name,
        "lead_id": lead,
        "occurred_at": format_instant(occurred_at),
        "stage": stage,
        "details": details,
        **more,
    }
