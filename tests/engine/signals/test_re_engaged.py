"""`re_engaged`: something is done after a silence (scoring.md, Interest signals)."""

from __future__ import annotations

from tests.engine.driving import DAY_MS, SITE, Drive, at, lifecycle
from tests.engine.signals.setting import T, raised
from tests.scoring.making import doc


def test_an_activity_after_a_silence_is_told():
    """The gap to the activity before reaches 30 days; negative points and marked facts break no silence."""
    minus = {"id": "minus", "on": "email.unsubscribed", "points": -30}
    crawler = {"user_agent": "Googlebot/2.1"}
    drive = Drive(rules=(SITE, minus), cycle=lifecycle(), signals={"re_engaged": {}})
    drive.apply(doc("a", "web.page_viewed", T), doc("u", "email.unsubscribed", T + DAY_MS))
    drive.apply(doc("bot", "web.page_viewed", T + 2 * DAY_MS, context=crawler))
    drive.apply(doc("b", "web.page_viewed", T + 30 * DAY_MS), doc("c", "web.page_viewed", T + 60 * DAY_MS - 1))
    drive.tick(T + 70 * DAY_MS)
    assert raised(drive) == [("re_engaged", at(T + 30 * DAY_MS), {"silence_since": at(T)})]


def test_a_visitor_who_comes_back_as_a_lead_is_re_engaged_once():
    """The visitor's facts are the lead's own: the silence before them is known, and told under the lead only."""
    drive = Drive(rules=(SITE,), cycle=lifecycle(), signals={"re_engaged": {}})
    drive.apply(doc("a", "web.page_viewed", T, lead_id=None, visitor_id="v1"))
    drive.apply(doc("b", "web.page_viewed", T + 40 * DAY_MS, visitor_id="v1")).tick(T + 41 * DAY_MS)
    assert [(s["lead_id"], s["occurred_at"]) for s in drive.signals] == [("L1", at(T + 40 * DAY_MS))]
