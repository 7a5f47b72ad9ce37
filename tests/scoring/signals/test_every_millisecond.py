"""Every signal at its millisecond: the engine against a walk that asks in each one; trend against its definition."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.codec.instants import parse_instant
from pipeline.engine.engine import Engine
from pipeline.scoring.signals.trend import trend
from tests.scoring.journeys import HISTORY_MS, HORIZON_MS
from tests.scoring.making import event_of, fine_model_of, outlook_of
from tests.scoring.oracle import Oracle, distinct
from tests.scoring.signals.brute import SignalWalk
from tests.scoring.signals.worlds import worlds
from tests.scoring.worlds import events as any_events
from tests.scoring.worlds import models, seconds

laws = settings(max_examples=40, deadline=None, derandomize=True, database=None)
OURS = {"surge", "re_engaged", "cooling", "claim_conflict", "nurture", "cross_sell", "up_sell"}
INSTANTS = ("silence_since", "due_at")


def decided(model, history, horizon):
    """The engine's signals of the kinds that are ours, and the instants at which it decided."""
    engine, asked = Engine(model), set()
    decide = engine._decider._decide

    def noted(profile, instant, **more):
        asked.add(instant)
        decide(profile, instant, **more)

    engine._decider._decide = noted
    for document in history:
        engine.apply(event_of(document))
    engine.tick(horizon)
    rows = [row for row in engine.announced()[1] if row["signal"] in OURS]
    assert len({row["signal_id"] for row in rows}) == len(rows)
    return [(row["signal"], parse_instant(row["occurred_at"]), in_ms(row["details"])) for row in rows], asked


def in_ms(details):
    found = {name: parse_instant(value) if name in INSTANTS else value for name, value in details.items()}
    if "window" in found:
        found["window"] = str(round(float(found["window"][:-1]) * 1000))
    return found


@laws
@given(worlds())
def test_engine_and_walk_through_every_millisecond_raise_the_same_signals(world):
    """Surge, cooling, re-engagement, claims, nurture, offers: each at its instant, with its details, and no other."""
    data, history = world
    signals, asked = decided(fine_model_of(data), history, HORIZON_MS)
    walk = SignalWalk(Oracle(data, history, unit=1), data["lifecycle"], asked=asked).until(HORIZON_MS)
    assert sorted(signals, key=repr) == sorted(walk.told, key=repr)


@laws
@given(models(50), st.lists(any_events(HISTORY_MS), max_size=9), st.integers(0, 130), seconds(40), st.booleans())
def test_the_trend_is_the_score_against_what_it_was_on_the_facts_of_then(data, history, at, window, wide):
    """Marks, consents and page pings that came since do not change what the score was; the band is a share of it."""
    band = 0.4 if wide else 0.1
    data["signals"] = {"trend": {"window": window, "band": band}}
    history = distinct(history)
    then = at - int(window[:-1])
    was = Oracle(data, [e for e in history if e["occurred_at"] <= then], unit=1).score(then)[1]
    score = Oracle(data, history, unit=1).score(at)[1]
    wanted = "improving" if score - was > band * abs(score) else "declining" if was - score > band * abs(score) else ""
    assert trend(outlook_of(fine_model_of(data), history, at)) == (wanted or "steady")
