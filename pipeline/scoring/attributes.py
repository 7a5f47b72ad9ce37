"""Who the lead is, as of an instant: attributes, and what is derived from the envelopes of its facts."""

from __future__ import annotations

from collections.abc import Iterable

from pipeline.scoring.activity import Activity
from pipeline.scoring.conditions import Scalar
from pipeline.scoring.model import Model

ENVELOPE = "@"
"""Prefix of the values in `Activity.fields` that come from the envelope and are always kept."""
EXTERNAL = "@external_ids."
_ENVELOPE = ("@email", "@account", "@source", "@campaign.source", "@campaign.name")
DERIVED = ("email", "email_domain", "account", "first_source", "last_source", "first_campaign", "last_campaign")


class Gathered:
    """What facts, which come in order, say about who the lead is."""

    def __init__(self, facts: Iterable[Activity] = ()) -> None:
        self._found: dict[str, Scalar] = {}
        self._envelope: dict[str, Scalar] = {}
        self._first: dict[str, Scalar] = {}
        for fact in facts:
            self.add(fact)

    def add(self, fact: Activity) -> bool:
        """Take the next fact in; whether it says anything new."""
        news = False
        if fact.attributes:
            self._found.update(fact.attributes)
            news = True
        get, envelope = fact.fields.get, self._envelope
        for name in _ENVELOPE:
            value = get(name)
            # an output's schema holds text here, and a property may have the name of a part of the envelope
            if isinstance(value, str) and envelope.get(name) != value:
                envelope[name] = value
                self._first.setdefault(name, value)
                news = True
        return news

    def attributes(self, model: Model) -> dict[str, Scalar]:
        """The attributes: the last writer wins; null and blank text delete; values on the model's `nulls` are absent.

        The derived ones (`DERIVED`) are always there, None where nothing is known. Source: events.md, Types.
        """
        envelope, first = self._envelope, self._first
        found = {name: value for name, value in self._found.items() if not _is_blank(value, model)}
        email = envelope.get("@email")
        domain = email.rpartition("@")[2] or None if isinstance(email, str) and "@" in email else None
        # a producing system is a lead source only where no campaign ever named one
        source = "@campaign.source" if "@campaign.source" in envelope else "@source"
        company = found.get("company_domain")  # a number is no domain
        account = envelope.get("@account") or (company if isinstance(company, str) else None)
        if account is None and domain not in model.free_mail:
            account = domain
        return found | {
            "email": email,
            "email_domain": domain,
            "account": account,
            "first_source": first.get(source),
            "last_source": envelope.get(source),
            "first_campaign": first.get("@campaign.name"),
            "last_campaign": envelope.get("@campaign.name"),
        }


def _is_blank(value: Scalar, model: Model) -> bool:
    return value is None or (isinstance(value, str) and (not value.strip() or value in model.nulls))


def external_ids_of(facts: Iterable[Activity]) -> dict[str, str]:
    """The latest external id of every name after `facts`, which come in order."""
    return {
        name[len(EXTERNAL) :]: str(value)
        for fact in facts
        for name, value in fact.fields.items()
        if name.startswith(EXTERNAL) and value is not None
    }


def owner_of(facts: Iterable[Activity]) -> str | None:
    """Who claimed the lead first."""
    for fact in facts:
        owner = fact.fields.get("@owner")
        if fact.type == "crm.claimed" and owner is not None:
            return str(owner)
    return None
