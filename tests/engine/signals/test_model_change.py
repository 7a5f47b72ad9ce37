"""What is told when the model changes."""

from __future__ import annotations

from pipeline.engine.activating import ModelChange
from tests.engine.driving import DAY_MS, HOUR_MS, Drive, at, lifecycle
from tests.engine.signals.setting import FADING, PRODUCT, WARM, WON, T, raised, told_of, views
from tests.scoring.making import doc, text_of


def change(instant, **model):
    text = text_of({"implicit": {"rules": [FADING]}, "lifecycle": lifecycle(WARM, WON), **model})
    return ModelChange(f"c{instant}", instant, text, renamed={})


def changed(drive, instant, **model):
    drive.engine.activate(change(instant, **model))
    while drive.engine.bring_over(1):
        pass
    return drive.tick(drive.engine.time)


def test_a_model_change_tells_nothing_again():
    """What was told under one model stays told under the next."""
    signals = {"surge": {}, "cooling": {"horizon": "40d"}, "re_engaged": {}}
    drive = Drive(WARM, WON, rules=(FADING,), scores={"product-b": PRODUCT}, signals=signals)
    drive.apply(doc("a", "web.page_viewed", T), *views("b", T + 31 * DAY_MS, 4))
    drive.apply(doc("w", "crm.opportunity_won", T + 31 * DAY_MS + HOUR_MS)).tick(T + 31 * DAY_MS + 2 * HOUR_MS)
    told = {s["signal"] for s in drive.signals}
    assert told == {"surge", "cooling", "re_engaged", "cross_sell"}
    count = len(drive.signals)
    changed(drive, T + 31 * DAY_MS + 3 * HOUR_MS, scores={"product-b": PRODUCT}, signals=signals)
    drive.apply(doc("z", "web.page_viewed", T + 31 * DAY_MS + 4 * HOUR_MS)).tick(T + 31 * DAY_MS + 5 * HOUR_MS)
    assert len(drive.signals) == count


def test_what_a_new_model_asks_for_the_first_time_is_told():
    """A signal that is switched on is asked at the change: true and never asked before, it is said."""
    drive = Drive(WARM, WON, rules=(FADING,)).apply(*views("a", T, 4, every=0)).tick(T + 19 * DAY_MS)
    assert raised(drive) == []
    changed(drive, T + 19 * DAY_MS + 5, signals={"cooling": {}})
    assert told_of(drive, "cooling") == [at(T + 19 * DAY_MS + 5)]
