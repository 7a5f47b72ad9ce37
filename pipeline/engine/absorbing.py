"""One subject takes over what was known under another (contract: lifecycle.md, rule 11)."""

from __future__ import annotations

from copy import deepcopy

from pipeline.scoring.activity import Activity, wins
from pipeline.scoring.profile import Loan, Profile


def insert_fact(lead: Profile, fact: Activity) -> bool:
    """Add a fact to a lead's set; False if it was there already (a repetition is paid once)."""
    old = lead.facts.get(fact.event_id)
    if old is not None and not wins(fact, old):
        return False
    if fact.origin == lead.subject:
        fact.origin = ""
    lead.facts[fact.event_id] = fact
    return True


def absorb(weaker: Profile, lead: Profile, entry: str) -> None:
    """Take what is known of `weaker` into `lead`, which takes over the standing if it has none of its own.

    The merge is announced at the lead's next decision. `weaker` is of no use afterwards.
    """
    for fact in weaker.facts.values():
        fact.origin = fact.origin or weaker.subject
        insert_fact(lead, fact)
    lead.aliases.update(weaker.aliases)
    lead.raised |= weaker.raised
    for key, instant in weaker.said.items():
        lead.said[key] = max(instant, lead.said.get(key, instant))
    for visitor, instant in weaker.visitors.items():
        lead.visitors[visitor] = min(instant, lead.visitors.get(visitor, instant))
    lead.inbox = sorted([*lead.inbox, *weaker.inbox])
    lead.clock = max(lead.clock, weaker.clock)
    earlier = weaker.absorbed
    lead.absorbed += earlier  # at this very instant, so that nobody has been told yet
    if weaker.standing.path:
        if not lead.standing.path:
            lead.epoch = weaker.epoch
        obeyed = max(lead.standing.manual, weaker.standing.manual)  # whoever obeyed it, it is history now
        _take_over(weaker, lead, entry, max([weaker.standing.seq, *(seq for _, seq, _ in earlier)]))
        lead.standing.manual = obeyed
        if weaker.standing.seq:
            lead.absorbed.append((weaker.subject, weaker.standing.seq, weaker.standing.stage))


def _take_over(weaker: Profile, lead: Profile, entry: str, last_seq: int) -> None:
    theirs, mine = weaker.standing, lead.standing
    if mine.own or last_seq < mine.adopted:
        return
    at_entry = not mine.seq and not last_seq
    first = min(mine.entered_at, theirs.entered_at) if mine.path and at_entry else theirs.entered_at
    if lead.came_from is None:
        lead.came_from = mine.stage or entry
    taken = deepcopy(theirs)
    taken.seq, taken.own, taken.adopted, taken.entered_at = mine.seq, False, last_seq, first
    taken.entered_seq = 0  # their numbers are not the lead's; the record of the merge gives it one
    lead.standing = taken
    if weaker.merged_at >= 0:  # a merge can be undone
        lead.loan = Loan(weaker.subject, 0, mine)
