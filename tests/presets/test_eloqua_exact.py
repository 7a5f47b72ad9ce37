"""The scorecard, at every instant of a grid and at every closing of a window, against a brute-force evaluation."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from pipeline.codec.instants import parse_instant
from pipeline.engine.engine import Engine
from pipeline.models import load_model
from pipeline.models.loader import read_model_text
from tests.scoring.making import doc, event_of, outlook_of

NAME = "preset:eloqua-scorecard"
MODEL = load_model(NAME)
CARD = YAML(typ="safe", pure=True).load(read_model_text(NAME)[0])
DAY_MS = 86_400_000
T = 1_760_000_000_000
WINDOWS = (7, 14, 30)
PEOPLE = (
    {"job_title": "CTO", "industry": "software", "employees": 5000, "country": "CN"},
    {"job_title": "Director", "industry": "retail", "employees": 300, "country": "DE"},
    {"job_title": "Manager", "industry": "farming", "employees": 60, "country": "BR"},
    {"job_title": "Clerk"},
)
PROFILES = {0: "A", 1: "B", 2: "D", 3: "D"}
"""By hand: 35 + 25 + 25 + 15 = 100; 28 + 12.5 + 15 + 9 = 64.5; 17.5 + 0 + 5 + 0 = 22.5; 7."""

TYPES = st.sampled_from(
    ["form.submitted", "web.visit_started", "web.content_downloaded", "email.clicked", "email.opened"]
)
histories = st.lists(st.tuples(st.integers(0, 45 * DAY_MS), TYPES), min_size=1, max_size=40)
laws = settings(max_examples=20, deadline=None, derandomize=True, database=None)


def engagement(history, at):
    """The engagement digit by its definition: for each criterion the best answer, as a percentage of its weight."""
    total = 0.0
    for criterion in CARD["implicit"]["rules"]:
        best = 0.0
        for answer in criterion["best_of"]:
            asked = answer["frequency"]
            span = int(asked["within"].removesuffix("d")) * DAY_MS
            count = sum(1 for when, kind in history if kind == asked["on"] and at - span < when <= at)
            low, high = asked.get("between", (asked.get("at_least", asked.get("exactly")), asked.get("exactly", 10**9)))
            if low <= count <= high:
                best = max(best, answer["points"])
        total += criterion["weight"] * best / 100
    return next((digit for digit, cut in ((1, 75), (2, 50), (3, 25)) if total >= cut), 4)


def documents(history, person):
    profile = doc("0", "form.imported", T, **PEOPLE[person])
    return [profile, *(doc(f"e{n:03}", kind, when) for n, (when, kind) in enumerate(history))]


def instants(history):
    """Every six hours, and a millisecond to both sides of every arrival and of every closing of a window."""
    edges = [when + days * DAY_MS for when, _ in history for days in (0, *WINDOWS)]
    return sorted({*range(T, T + 80 * DAY_MS, DAY_MS // 4), *(edge + by for edge in edges for by in (-1, 0, 1))})


@laws
@given(histories, st.integers(0, 3))
def test_the_label_is_the_brute_force_one_at_every_instant(history, person):
    """Profile and engagement, on a grid and around every edge."""
    history = [(T + when, kind) for when, kind in history]
    known = documents(history, person)
    for at in instants(history)[:: max(1, len(instants(history)) // 120)]:
        if at >= T:
            assert outlook_of(MODEL, known, at).grade == f"{PROFILES[person]}{engagement(history, at)}"


def steps_of(history):
    """The instants after the last fact at which the label changes: it can only where a window closes."""
    last = history[-1][0]
    edges = [at for at in instants(history) if at >= last]
    labels = [engagement(history, at) for at in edges]
    pairs = pairwise(zip(edges, labels, strict=True))
    return [at for (_, before), (at, label) in pairs if label != before]


@laws
@given(histories)
def test_the_label_steps_at_the_very_millisecond(history):
    """The instants at which the lead is due are those at which its label changes; else only its stage moves there."""
    history = sorted((T + when, kind) for when, kind in history)
    engine, stepped = Engine(MODEL), []
    for document in documents(history, 0):
        engine.apply(event_of(document))
    engine.tick(history[-1][0])
    engine.announced()
    while (due := engine.table.get("L1").due) is not None:
        engine.tick(due)
        moved = engine.announced()[0]
        if engagement(history, due) != engagement(history, due - 1):
            stepped.append(due)
        else:
            assert moved
    assert stepped == steps_of(history)


def test_a_qualified_contact_steps_down_on_the_millisecond_a_window_closes():
    """Three visits within a week and a form make A2; seven days after the first visit there are two: A3."""
    visits = [doc(f"v{n}", "web.visit_started", T + n) for n in (1, 2, 3)]
    engine = Engine(MODEL)
    for document in (doc("0", "form.imported", T, **PEOPLE[0]), *visits, doc("f", "form.submitted", T + 4)):
        engine.apply(event_of(document))
    engine.tick(T + 9 * DAY_MS)
    moves = [(c["to_stage"], parse_instant(c["occurred_at"]) - T, c["grade"]) for c in engine.announced()[0]]
    assert moves == [("nurtured", 3, "A3"), ("qualified", 4, "A2"), ("nurtured", 1 + 7 * DAY_MS, "A3")]
