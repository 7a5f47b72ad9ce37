"""`trend`: which way interest goes (scoring.md, Interest signals)."""

import pytest

from pipeline.scoring.signals.trend import trend
from tests.scoring.making import doc, model_of, outlook_of

T = 1_760_000_000_000
DAY = 86_400_000
VIEWS = {"id": "views", "on": "web.page_viewed", "points": 10, "decay": "none"}


def trend_of(before, after, *, age=14 * DAY, **signals):
    """Of a lead with so many views `age` before, and so many now."""
    model = model_of({"implicit": {"rules": [VIEWS]}, "signals": signals})
    history = [doc(f"a{n}", "web.page_viewed", T - age) for n in range(before)]
    history += [doc(f"b{n}", "web.page_viewed", T) for n in range(after)]
    if after < 0:
        model = model_of({"implicit": {"rules": [{**VIEWS, "decay": {"window": "14d"}}]}, "signals": signals})
    return trend(outlook_of(model, history, T))


@pytest.mark.parametrize(
    ("before", "after", "said"), [(9, 1, "steady"), (8, 1, "improving"), (1, 9, "improving"), (5, -1, "declining")]
)
def test_it_is_the_score_against_what_it_was_with_a_dead_band(before, after, said):
    """The default: a tenth of the score is no change; fourteen days ago, the instant itself included."""
    assert trend_of(before, after) == said


def test_the_window_and_the_band_are_the_models():
    """What came within the window is a rise, what came before it is none; a band of one swallows everything."""
    assert trend_of(5, 0, age=6 * DAY) == "improving"
    assert trend_of(5, 0, age=6 * DAY, trend={"window": "5d"}) == "steady"
    assert trend_of(1, 9, trend={"band": 1}) == "steady"
