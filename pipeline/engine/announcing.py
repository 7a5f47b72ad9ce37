"""What leads tell their accounts: at each decision, and whenever the total has moved by a step (lifecycle.md, rule 12).

When that will be is found lazily: after a decision `Profile.wake` is the end of a time in which the total surely does
not move so far. Whoever has not acted by then is looked at again, now exactly. A look changes nothing else of the lead.
"""

from __future__ import annotations

from collections.abc import Callable

from pipeline.engine.messages import Announce, Depart, Message
from pipeline.scoring.accounts import account_of, claim_of, roles_of
from pipeline.scoring.model import Account
from pipeline.scoring.moving import has_moved, moves_at, still_until
from pipeline.scoring.outlook import Outlook
from pipeline.scoring.profile import Profile


class Announcer:
    """Tells the accounts of one partition's leads. `post` sends a message."""

    def __init__(self, post: Callable[[Message], None]) -> None:
        self._post = post

    def decided(self, profile: Profile, outlook: Outlook, *, changed: bool = False) -> None:
        """The lead was decided at the outlook's instant; `changed`: because another model is in force."""
        account = outlook.model.account
        get = outlook.known.attributes.get
        member = "" if account is None or not outlook.known.facts else account_of(account, get) or ""
        event_id = max((fact.event_id for fact in outlook.known.at_instant()), default=None)
        if profile.member not in {"", member}:
            self._depart(profile, outlook.known.instant, event_id, changed=changed)
        if account is None or not member:
            profile.wake = None
            return
        profile.member = member
        total = self._announce(profile, outlook, account, event_id, changed=changed)
        still = still_until(outlook, total, account.step)
        profile.wake = None if still is None else still + 1

    def look(self, profile: Profile, outlook: Outlook) -> None:
        """The lead's `wake` has come: announce if the total has moved by a step, and find out when it will next."""
        account = outlook.model.account
        if account is None or profile.announced is None:
            profile.wake = None
            return
        before = profile.announced
        if has_moved(outlook, outlook.now, before, account.step):
            before = self._announce(profile, outlook, account, None)
        profile.wake = moves_at(outlook, before, account.step)

    def withdraw(self, profile: Profile, instant: int) -> None:
        """The lead is none any more from `instant` on."""
        if profile.member:
            self._depart(profile, instant, None)

    def _depart(self, profile: Profile, instant: int, event_id: str | None, *, changed: bool = False) -> None:
        gone = Depart(to=profile.member, contact=profile.subject, instant=instant, event_id=event_id, changed=changed)
        self._post(gone)
        profile.member, profile.announced, profile.wake = "", None, None

    def _announce(
        self, profile: Profile, outlook: Outlook, account: Account, event_id: str | None, *, changed: bool = False
    ) -> float:
        """Tell the account; the total that it is told."""
        known = outlook.known
        profile.announced = total = outlook.total(outlook.now).low
        self._post(
            Announce(
                to=profile.member,
                contact=profile.subject,
                instant=known.instant,
                total=total,
                stage=profile.standing.stage,
                roles=[*roles_of(account, known.attributes.get)],
                claim=claim_of(known.facts),
                event_id=event_id,
                changed=changed,
            )
        )
        return total
