"""Whether a lead may be written to (contract: scoring.md, Consent)."""

from __future__ import annotations

from pipeline.scoring.known import Known

_SAYS_NO = frozenset({"email.complained", "email.unsubscribed"})
_SAYS_YES = "email.subscribed"


def may_be_sent(known: Known) -> bool:
    """Neither unsubscribed since it last subscribed, nor without the consent that email needs.

    A machine's word counts against sending only: what is marked can unsubscribe a lead, and cannot subscribe it again.
    """
    consent = known.model.consent
    purpose = consent.purposes.get("email", "email")
    given: bool | None = None
    subscribed: bool | None = None
    for fact in reversed(known.facts):
        if given is None and fact.consent and purpose in fact.consent:
            given = fact.consent[purpose]
        if subscribed is None and fact.type in _SAYS_NO:
            subscribed = False
        elif subscribed is None and fact.type == _SAYS_YES and fact.event_id not in known.marks:
            subscribed = True
        if given is False or subscribed is False:
            return False
    return consent.unknown if given is None else given
