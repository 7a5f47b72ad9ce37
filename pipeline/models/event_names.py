"""The names of the event contract: what each type of event carries, and what is known of a lead."""

from __future__ import annotations

from pipeline.models.hints import EVENT_TYPES


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_PROPERTIES = {
    "web.page_viewed": "url path title seconds category page_view_id",
    "web.content_downloaded": "asset",
    "web.video_watched": "asset percent",
    "web.tool_used": "tool",
    "web.page_pinged": "page_view_id seconds",
    "web.link_clicked": "url",
    "form.submitted": "form_id form_type url",
    "form.imported": "list form_id form_type url",
    "email.clicked": "url",
    "email.bounced": "hard",
    "crm.rejected": "reason",
    "crm.claimed": "owner",
    "crm.returned": "reason",
    "crm.disqualified": "reason reevaluate_on",
    "crm.approved": "step by",
    "crm.declined": "step by",
    "crm.opportunity_won": "amount currency",
    "crm.opportunity_lost": "reason",
    "crm.payment_received": "amount currency final",
    "crm.cost_booked": "amount currency campaign",
    "crm.quote_sent": "amount currency",
    "crm.contract_signed": "amount currency",
    "crm.stage_set": "stage by pin",
    "crm.merged": "into",
    "crm.unmerged": "from",
}
_TELL_ATTRIBUTES = _words(
    "form.submitted form.imported crm.attribute_set crm.bant_updated crm.opportunity_opened crm.opportunity_won"
)
_KNOWN = _words(
    "first_name last_name job_title seniority department role industry company company_domain employees revenue "
    "country region city phone budget authority need timeline lifecycle_note"
)
ATTRIBUTES = _KNOWN | _words(
    "email email_domain account first_source last_source first_campaign last_campaign reevaluate_on"
)
"""What is known of a lead: told by its events, or derived."""

_HEAD = _words("lead_id visitor_id email account source") | frozenset(
    f"{part}.{name}"
    for part, names in {
        "campaign": "source medium name content term",
        "context": "ip user_agent referrer locale timezone",
    }.items()
    for name in names.split()
)


def names_of(kind: str) -> frozenset[str]:
    """What an event of this type may carry, its head included; of a type of one's own only the head is known."""
    found = _HEAD | _words(_PROPERTIES.get(kind, ""))
    if kind.startswith("email.") and kind in EVENT_TYPES:
        found |= {"message_id"}
    return found | _KNOWN if kind in _TELL_ATTRIBUTES else found
