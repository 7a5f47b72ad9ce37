"""Whether a purpose was in force, as the lead's own statements say (contract: scoring.md, Consent)."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

from pipeline.scoring.activity import Activity
from pipeline.scoring.model import Consent


class Consents:
    """The statements among `facts` (one lead's, in order). The latest per purpose wins."""

    def __init__(self, facts: Sequence[Activity], rules: Consent) -> None:
        self._rules = rules
        self._said: dict[str, list[tuple[int, bool]]] = {}
        if rules.purposes:
            for fact in facts:
                self._note(fact)

    def add(self, fact: Activity) -> bool:
        """Take the next fact in; False if it changes what is in force, and so what earlier activities pay."""
        if not fact.consent or not self._rules.purposes:
            return True
        changes = any(self.in_force(purpose, fact.occurred_at) != given for purpose, given in fact.consent.items())
        self._note(fact)
        return not changes

    def in_force(self, purpose: str, instant: int) -> bool:
        """Whether the purpose is allowed at `instant`; never stated counts as the model's `unknown`."""
        said = self._said.get(purpose)
        if not said:
            return self._rules.unknown
        if said[-1][0] <= instant:
            return said[-1][1]
        index = bisect_right(said, instant, key=_instant)
        return said[index - 1][1] if index else self._rules.unknown

    def allow(self, fact: Activity, now: int) -> bool:
        """Whether the activity may pay at `now`: allowed then and when it happened."""
        purpose = self._rules.purposes.get(fact.kind)
        return purpose is None or (self.in_force(purpose, now) and self.in_force(purpose, fact.occurred_at))

    def _note(self, fact: Activity) -> None:
        for purpose, given in (fact.consent or {}).items():
            self._said.setdefault(purpose, []).append((fact.occurred_at, given))


def _instant(statement: tuple[int, bool]) -> int:
    return statement[0]
