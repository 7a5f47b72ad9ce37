"""The outlooks of leads in use, kept from one decision to the next.

A lead's next fact is nearly always its latest: then it concerns a few rules, and nothing else has to be looked at
again. Whatever else happens to its facts (a late one, one that changes what earlier ones are worth, some that go to
another lead) is found out by comparing, and the lead is looked at anew. The answers are the same to the last bit.
"""

from __future__ import annotations

from itertools import islice

from pipeline.scoring.activity import Activity, FactSet
from pipeline.scoring.known import Known, order_of
from pipeline.scoring.outlook import Outlook
from pipeline.scoring.profile import Profile
from pipeline.scoring.scorer import Scorer

KEPT = 4_000
"""So many leads' outlooks are kept at most (some 10 KiB each)."""


class Outlooks:
    """The outlooks of one partition's leads under one model. With `most` 0 every one is made from the beginning."""

    def __init__(self, scorer: Scorer, most: int = KEPT) -> None:
        self.most = most
        self._scorer = scorer
        self._kept: dict[str, _Kept] = {}

    def of(self, profile: Profile, instant: int) -> Outlook:
        """The lead's outlook at the instant. The one handed out before goes on to it where that is possible."""
        kept = self._kept.pop(profile.subject, None)
        if kept is None or not kept.follow(profile, instant):
            kept = _Kept(profile, Outlook(Known(self._scorer, profile.subject, profile.facts, instant)))
        if self.most:
            if len(self._kept) >= self.most:
                for subject in [*islice(self._kept, len(self._kept) - self.most // 2)]:
                    del self._kept[subject]
            self._kept[profile.subject] = kept
        return kept.outlook

    def forget(self, subject: str) -> None:
        """Forget one lead's."""
        self._kept.pop(subject, None)

    def clear(self) -> None:
        """Forget them all."""
        self._kept.clear()


class _Kept:
    """An outlook, and which of its lead's facts it has seen."""

    __slots__ = ("_edits", "_facts", "_later", "_seen", "outlook")

    def __init__(self, profile: Profile, outlook: Outlook) -> None:
        facts, instant = profile.facts, outlook.known.instant
        self.outlook = outlook
        self._facts = facts
        self._edits = facts.edits if isinstance(facts, FactSet) else -1
        self._seen = len(facts)
        self._later: list[Activity] = []
        if len(outlook.known.facts) < self._seen:
            self._later = [fact for fact in facts.values() if fact.occurred_at > instant]

    def follow(self, profile: Profile, instant: int) -> bool:
        """Go on to the instant with the facts that were added. False if it takes more than that."""
        facts = profile.facts
        if facts is not self._facts or not isinstance(facts, FactSet) or facts.edits != self._edits:
            return False
        if instant < self.outlook.known.instant:
            return False
        added = len(facts) - self._seen
        new = [*islice(reversed(facts.values()), added), *self._later] if added else self._later
        self._seen += added
        self._later = [fact for fact in new if fact.occurred_at > instant]
        ready = sorted((fact for fact in new if fact.occurred_at <= instant), key=order_of)
        return self.outlook.extend(ready, instant)
