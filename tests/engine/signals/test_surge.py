"""`surge`: much more is done than was usual (scoring.md, Interest signals)."""

from __future__ import annotations

from tests.engine.driving import DAY_MS, HOUR_MS, SITE, Drive, at, lifecycle
from tests.engine.signals.setting import T, raised, views
from tests.scoring.making import doc


def surging(**more):
    return Drive(rules=(SITE,), cycle=lifecycle(), signals={"surge": {}}, **more)


def test_a_surge_is_told_once_and_again_after_it_was_over():
    """The default: 3 d, three times the mean of the eight windows before, 20 points at least."""
    drive = surging().apply(*views("a", T, 1), *views("b", T + 30 * DAY_MS, 4))
    later = T + 40 * DAY_MS
    drive.apply(doc("c", "web.page_viewed", later), *views("d", T + 70 * DAY_MS, 3)).tick(T + 80 * DAY_MS)
    assert raised(drive) == [
        ("surge", at(T + 30 * DAY_MS + 1_000), {"points": 20.0, "mean": 0.0, "window": "3d"}),
        ("surge", at(T + 70 * DAY_MS + 1_000), {"points": 20.0, "mean": 0.0, "window": "3d"}),
    ]


def test_there_is_no_surge_of_somebody_new():
    """A lead is not asked before it is as old as the window, to the millisecond."""
    early, late = surging(), surging()
    early.apply(*views("a", T, 5), doc("b", "web.page_viewed", T + 3 * DAY_MS - 1)).tick(T + 4 * DAY_MS)
    assert raised(early) == []
    late.apply(*views("a", T, 5), doc("b", "web.page_viewed", T + 3 * DAY_MS)).tick(T + 4 * DAY_MS)
    assert [s[:2] for s in raised(late)] == [("surge", at(T + 3 * DAY_MS))]


def test_what_is_usual_is_no_surge():
    """Points of the last window are held against the mean of the eight before: a steady reader does not surge."""
    drive = surging().apply(*views("a", T, 60, every=12 * HOUR_MS)).tick(T + 40 * DAY_MS)
    start = T + 27 * DAY_MS
    assert not [s for s in drive.signals if s["occurred_at"] >= at(start)]


def test_late_facts_can_make_a_surge_and_a_repeated_instant_none():
    """A late fact is asked for at the lead's clock; a second one of the same instant tells nothing twice."""
    drive = surging(live=True).apply(*views("a", T, 1), *views("b", T + 5 * DAY_MS, 1)).tick(T + 5 * DAY_MS)
    assert raised(drive) == []
    drive.apply(doc("late", "web.page_viewed", T + 4 * DAY_MS))
    drive.engine.settle()
    drive.apply(doc("later", "web.page_viewed", T + 4 * DAY_MS)).tick(T + 5 * DAY_MS + 1)
    assert [s[:2] for s in raised(drive)] == [("surge", at(T + 5 * DAY_MS))]


def test_raw_points_count_before_limits_of_sums():
    """`max` of a rule, groups and the range do not hide a surge, nor does decay; negative points do not count."""
    tight = {**SITE, "max": 1, "decay": {"half_life": "1h"}}
    minus = {"id": "minus", "on": "email.unsubscribed", "points": -30}
    drive = Drive(rules=(tight, minus), cycle=lifecycle(), implicit={"range": [0, 1]}, signals={"surge": {}})
    drive.apply(doc("a", "web.page_viewed", T), doc("u", "email.unsubscribed", T + 5 * DAY_MS - 1))
    drive.apply(*views("b", T + 5 * DAY_MS, 2)).tick(T + 6 * DAY_MS)
    assert raised(drive, "surge") == [
        ("surge", at(T + 5 * DAY_MS + 1_000), {"points": 20.0, "mean": 10 / 8, "window": "3d"})
    ]


def test_of_a_best_of_the_paying_member_counts_weighted():
    """The Eloqua criterion: weight × points / 100 of the member that pays now."""
    weighted = {
        "id": "w",
        "weight": 50,
        "best_of": [
            {"on": "web.page_viewed", "points": 10},
            {"frequency": {"on": "form.submitted", "at_least": 1}, "points": 5},
        ],
    }
    drive = Drive(rules=(weighted,), cycle=lifecycle(), signals={"surge": {"floor": 15}})
    drive.apply(doc("f", "form.submitted", T), *views("b", T + 5 * DAY_MS, 3)).tick(T + 6 * DAY_MS)
    assert [s[2]["points"] for s in raised(drive)] == [15.0]


def test_three_times_the_mean_is_a_surge_and_less_is_none():
    """Twenty points in each of the first four of the eight windows before: thirty are a surge, twenty are none."""
    usual = [doc(f"u{n}", "web.page_viewed", T + (3 * (n // 2) + 2) * DAY_MS) for n in range(8)]
    now = T + 26 * DAY_MS
    for count, told in ((2, []), (3, [{"points": 30.0, "mean": 10.0, "window": "3d"}])):
        drive = surging().apply(*usual).tick(now - 1)
        drive.signals.clear()  # the beginning was a surge, compared with nothing
        drive.apply(*views("b", now, count)).tick(now + DAY_MS)
        assert [s[2] for s in raised(drive, "surge")] == told


def test_a_surge_is_not_found_without_news():
    """What was usual is no more when it has left the eight windows: that alone tells nothing, the next fact does."""
    fading = {**SITE, "decay": {"window": "2h"}}
    drive = Drive(rules=(fading,), cycle=lifecycle(), signals={"surge": {}}, grades={"implicit": {"1": 20}})
    busy, later = views("a", T, 16, every=0), T + 27 * DAY_MS - HOUR_MS
    drive.apply(*busy, *views("b", later, 2, every=0)).tick(later + DAY_MS)
    assert drive.lead("L1").clock == later + 2 * HOUR_MS  # its grade fell then
    assert raised(drive) == []
    drive.apply(doc("c", "crm.contacted", later + DAY_MS)).tick(later + DAY_MS)
    assert [s[1] for s in raised(drive)] == [at(later + DAY_MS)]
