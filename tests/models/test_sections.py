"""What the loader makes of calendars, SLAs, approvals, nurture programs, signals, scores and accounts."""

from datetime import date

import pytest

from pipeline.models import ModelFindings, parse_model
from pipeline.models.account import MINIMAL
from pipeline.scoring.conditions import All, AnyOf, ContactsCount, InStageFor, Not, RolesCovered, ScoreIs, Test
from pipeline.scoring.model import Account, Approval, Grades, Interest, Nurture, Offer, Sla, Surge
from pipeline.scoring.working_time import Calendar, Within

HEAD = "id: m\nversion: 1\n"
HOUR = 3_600_000
DAY = 24 * HOUR
WORKDAYS = frozenset(range(5))


def calendar(given, top=""):
    """The calendar of that text; an SLA carries it."""
    cycle = "lifecycle: {entry: a, stages: {a: {sla: {within: 1h, calendar: office}}}}\n"
    return parse_model(f"{HEAD}{top}{cycle}calendars: {{office: {given}}}\n").lifecycle.stages[0].sla.calendar


def stage(given):
    return parse_model(f"{HEAD}lifecycle: {{entry: a, stages: {{a: {given}}}}}\n").lifecycle.stages[0]


def interest(given):
    return parse_model(f"{HEAD}signals: {given}\n").interest


def account(given):
    return parse_model(f"{HEAD}account: {given}\n").account


def account_when(when):
    cycle = f"{{entry: a, stages: {{a: , b: }}, transitions: [{{from: a, to: b, when: {when}}}]}}"
    roles = "{user: {department: it}, payer: {department: finance}}"
    return account(f"{{roles: {roles}, lifecycle: {cycle}}}").lifecycle.transitions[0].when


# ── Calendars ────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("given", ["{}", ""])
def test_a_calendar_that_says_nothing_is_an_office_in_the_models_time_zone(given):
    """Monday to Friday, nine to six, no holidays."""
    assert calendar(given, "timezone: Asia/Taipei\n") == Calendar("Asia/Taipei", WORKDAYS, ((540, 1080),), ())
    assert calendar(given).timezone == "UTC"


def test_a_calendar_has_a_time_zone_of_its_own():
    """It stands before the model's."""
    assert calendar("{timezone: Europe/Berlin}", "timezone: Asia/Taipei\n").timezone == "Europe/Berlin"


@pytest.mark.parametrize(
    ("days", "weekdays"),
    [
        ("mon-fri", {0, 1, 2, 3, 4}),
        ("sat-wed", {5, 6, 0, 1, 2}),
        ("sun", {6}),
        ("sun-sat", {0, 1, 2, 3, 4, 5, 6}),
        ("[mon, wed-thu, Sun]", {0, 2, 3, 6}),
        ("Mon - Tue", {0, 1}),
    ],
)
def test_days_are_a_day_a_span_or_a_list_and_may_go_round_the_weekend(days, weekdays):
    """Capitals do not matter."""
    assert calendar(f"{{days: {days}}}").weekdays == weekdays


@pytest.mark.parametrize(
    ("hours", "minutes"),
    [
        ("'09:00-18:00'", ((540, 1080),)),
        ("09:00-18:00", ((540, 1080),)),
        ("['13:30-17:30', '08:00-12:00']", ((480, 720), (810, 1050))),
        ("['09:00-12:00', '12:00-15:00']", ((540, 720), (720, 900))),
        ("'22:00-06:00'", ((1320, 360),)),
        ("'00:00-24:00'", ((0, 1440),)),
        ("'18:00-24:00'", ((1080, 1440),)),
        ("['22:00-06:00', '06:00-14:00']", ((360, 840), (1320, 360))),
    ],
)
def test_hours_are_spans_in_order_also_overnight_and_until_midnight(hours, minutes):
    """Spans may meet."""
    assert calendar(f"{{hours: {hours}}}").hours == minutes


def test_a_night_shift_and_an_early_one_may_cross_where_no_two_days_follow_each_other():
    """On Monday alone, 22:00-06:00 ends on Tuesday and 05:00-09:00 lies before it."""
    hours = "['22:00-06:00', '05:00-09:00']"
    assert calendar(f"{{days: [mon, wed], hours: {hours}}}").hours == ((300, 540), (1320, 360))
    with pytest.raises(ModelFindings, match="overlaps"):
        calendar(f"{{days: [sun, mon], hours: {hours}}}")


def test_holidays_are_days_and_spans_of_days():
    """A day is a span of one."""
    holidays = calendar("{holidays: [2027-01-01, 2026-10-01/2026-10-07]}").holidays
    assert holidays == ((date(2026, 10, 1), date(2026, 10, 7)), (date(2027, 1, 1), date(2027, 1, 1)))


# ── SLAs, approvals, nurture ─────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("text", "within"),
    [
        ("4h", Within(ms=4 * HOUR, text="4h")),
        ("24h", Within(ms=DAY, text="24h")),
        ("2d", Within(days=2, text="2d")),
        ("6w", Within(weeks=6, text="6w")),
        ("P1DT12H", Within(days=1, ms=12 * HOUR, text="P1DT12H")),
        ("P1W2DT30M", Within(days=2, weeks=1, ms=HOUR // 2, text="P1W2DT30M")),
        ("PT90S", Within(ms=90_000, text="PT90S")),
    ],
)
def test_days_and_weeks_of_a_time_are_kept_apart_from_its_hours(text, within):
    """A calendar counts a day as its working day, and 24 hours as 24 hours of work."""
    assert stage(f"{{sla: {{within: {text}}}}}").sla == Sla(within)


def test_an_sla_names_what_satisfies_it_and_who_is_told():
    """`until` is one type or several."""
    sla = stage("{sla: {within: 1h, until: [crm.accepted, crm.rejected], escalate: boss}}").sla
    assert (sla.until, sla.escalate, sla.calendar) == ({"crm.accepted", "crm.rejected"}, "boss", None)
    assert stage("{sla: {within: 1h, until: crm.contacted}}").sla.until == {"crm.contacted"}


def test_approvals_are_steps_in_order_each_with_its_own_deadline():
    """Without `within` a step is never overdue."""
    steps = "[{step: legal}, {step: finance, within: 2d, calendar: office, escalate: cfo}]"
    text = (
        f"{HEAD}lifecycle: {{entry: a, stages: {{a: , b: }}, transitions: [{{from: a, to: b, when: identified,"
        f" approvals: {steps}}}]}}\ncalendars: {{office: }}\n"
    )
    assert parse_model(text).lifecycle.transitions[0].approvals == (
        Approval("legal"),
        Approval("finance", Within(days=2, text="2d"), Calendar("UTC"), "cfo"),
    )


def test_a_nurture_program_is_a_track_with_or_without_a_title():
    """The short form is the bare name."""
    assert stage("{nurture: education}").nurture == Nurture("education")
    long = stage("{nurture: {track: education, title: {en: Education, zh-CN: 知识培育}}}").nurture
    assert long == Nurture("education", {"en": "Education", "zh-CN": "知识培育"})
    assert stage("{}").nurture is None


# ── Signals ──────────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_signal_that_is_not_named_is_off_and_the_trend_is_always_there():
    """A model without `signals` says nothing of interest but the trend."""
    assert parse_model(HEAD).interest == Interest() == interest("{}")
    assert (Interest().surge, Interest().cooling_ms, Interest().silence_ms) == (None, None, None)


@pytest.mark.parametrize("given", ["{surge: {}, cooling: {}, re_engaged: {}}", "{surge: , cooling: , re_engaged: }"])
def test_a_signal_that_is_named_is_on_with_the_usual_figures(given):
    """Three days, three times, 20 points; two days; 30 days."""
    assert interest(given) == Interest(Surge(3 * DAY, 3.0, 20.0), 2 * DAY, 30 * DAY)


def test_signals_take_the_models_figures():
    """What is not said stays as usual."""
    said = interest("{surge: {factor: 2}, cooling: {horizon: 6h}, re_engaged: {silence: 45d}, trend: {band: 0}}")
    assert said == Interest(Surge(factor=2.0), 6 * HOUR, 45 * DAY, 14 * DAY, 0.0)
    assert interest("{trend: {window: 21d}}") == Interest(trend_ms=21 * DAY)


# ── Named scores ─────────────────────────────────────────────────────────────────────────────────────────────────
SCORES = """\
implicit: {rules: [{id: page, on: web.page_viewed, points: 1}]}
scores:
  parts:
    title: Parts
    explicit: {range: [0, 50], rules: [{id: buyer, when: {role: buyer}, points: 9}]}
    implicit:
      decay: {half_life: 10d}
      rules: [{id: page, on: web.page_viewed, when: {shelf: parts}, points: {per: secs}, limit: {count: 1, by: item}}]
      groups: [{id: all, rules: [page], max: 5}]
    weights: {explicit: 0.5}
    grades: {explicit: {A: 10}}
    signal: {up_sell: {at_least: 7}, cross_sell: {at_least: 40, stages: [lead, visitor]}}
  seats: {signal: {cross_sell: {at_least: 1, stages: lead}}}
"""


def test_a_named_score_has_rules_weights_and_grades_of_its_own():
    """The ids of its rules are its own: the main score may have them too."""
    parts, seats = parse_model(HEAD + SCORES).scores
    assert (parts.name, parts.titles, seats.name) == ("parts", {"": "Parts"}, "seats")
    assert (parts.explicit.highest, [r.id for r in parts.explicit.rules]) == (50.0, ["buyer"])
    assert [(r.id, r.decay.span_ms) for r in parts.implicit.rules] == [("page", 10 * DAY)]
    assert parts.implicit.groups[0].max == 5.0
    assert (parts.weight_explicit, parts.weight_implicit) == (0.5, 1.0)
    assert (parts.grades.explicit, parts.grades.explicit_rest) == ((("A", 10.0),), "B")
    assert (seats.explicit.rules, seats.implicit.rules, seats.grades) == ((), (), Grades())


def test_what_the_rules_of_a_named_score_read_is_kept():
    """Conditions, points and limits."""
    assert {"shelf", "secs", "item"} <= parse_model(HEAD + SCORES).kept_names


def test_a_named_score_offers_in_some_stages_or_in_any():
    """Without `stages` any; `stages` is one or a list."""
    parts, seats = parse_model(HEAD + SCORES).scores
    assert parts.offers == (
        Offer("up_sell", 7.0),
        Offer("cross_sell", 40.0, frozenset({"lead", "visitor"})),
    )
    assert seats.offers == (Offer("cross_sell", 1.0, frozenset({"lead"})),)


# ── Accounts ─────────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_model_without_accounts_has_none():
    """The section makes them."""
    assert parse_model(HEAD).account is None


def test_an_account_section_that_says_nothing_has_the_usual_key_step_and_one_stage():
    """`account`, 5 points, `known`."""
    assert account("{}") == Account(MINIMAL, "account", 5.0, {})
    assert [s.id for s in MINIMAL.stages] == ["known"]


def test_roles_are_conditions_on_attributes():
    """`key` and `step` are as they are said."""
    given = account("{key: company, step: 2.5, roles: {user: {department: it}}}")
    assert given == Account(MINIMAL, "company", 2.5, {"user": Test("department", "equals", "it")})


def test_accounts_have_conditions_of_their_own():
    """Total, roles covered, contacts, time in the stage, and connectives."""
    assert account_when("{total: {at_least: 80}}") == ScoreIs("total", 80.0)
    assert account_when("{roles_covered: {at_least: 2}}") == RolesCovered(2)
    assert account_when("{contacts: {at_least: 2, at_most: 9}}") == ContactsCount(2, 9)
    assert account_when("{in_stage_for: 30d}") == InStageFor(30 * DAY)
    assert account_when("{not: {contacts: {at_most: 1}}}") == Not(ContactsCount(None, 1))
    both = (ScoreIs("total", 80.0), RolesCovered(None, 1))
    assert account_when("{total: {at_least: 80}, roles_covered: {at_most: 1}}") == All(both)
    assert account_when("{any: [{total: {at_least: 80}}, {roles_covered: {at_most: 1}}]}") == AnyOf(both)


def test_transitions_of_accounts_have_leave_cooldown_sticky_and_titles():
    """And keys that do not meet those of the leads' transitions."""
    one = (
        "{from: a, to: b, title: Warm, when: {contacts: {at_least: 2}}, leave: {contacts: {at_least: 1}}, cooldown: 1d}"
    )
    two = "{from: b, to: c, when: {contacts: {at_least: 3}}, sticky: true}"
    cycle = f"{{entry: a, stages: {{a: , b: {{title: B}}, c: {{kind: won}}}}, transitions: [{one}, {two}]}}"
    warm, won = account(f"{{lifecycle: {cycle}}}").lifecycle.transitions
    assert (warm.key, warm.leave, warm.cooldown_ms, warm.titles) == ("a>b", ContactsCount(1), DAY, {"": "Warm"})
    assert (won.key, won.sticky, won.leave) == ("b>c", True, None)
    stages = account(f"{{lifecycle: {cycle}}}").lifecycle.stages
    assert [(s.id, s.kind, s.titles) for s in stages] == [
        ("a", "active", {}),
        ("b", "active", {"": "B"}),
        ("c", "won", {}),
    ]


@pytest.mark.parametrize(
    "other",
    ["{known: , engaged: }", "{engaged: , known: , won: }"],
)
def test_the_order_of_the_stages_of_accounts_is_part_of_the_digest(other):
    """It decides whether a move goes up or down."""
    text = HEAD + "account: {lifecycle: {entry: known, stages: %s}}\n"
    assert parse_model(text % "{engaged: , known: }").digest != parse_model(text % other).digest
