"""What holds for every signal."""

from __future__ import annotations

from pipeline.codec.outbound import decode_output, json_forms, single_object_forms
from pipeline.engine.engine import Engine
from pipeline.engine.packing import pack
from tests.engine.driving import DAY_MS, HOUR_MS, Drive, lifecycle
from tests.engine.signals.setting import FADING, NURSED, PRODUCT, WARM, WON, T, claim, views
from tests.scoring.making import doc, event_of, model_of


def test_what_is_said_survives_a_restart():
    """A lead stored and read back tells nothing twice and keeps what it waits for."""
    signals = {"surge": {}, "cooling": {}, "re_engaged": {}}
    document = {"implicit": {"rules": [FADING]}, "signals": signals, "lifecycle": lifecycle(WARM)}
    model = model_of(document)
    first, second = Engine(model), Engine(model)
    for event in (doc("a", "web.page_viewed", T), *views("b", T + 31 * DAY_MS, 4)):
        first.apply(event_of(event))
    first.tick(T + 31 * DAY_MS + HOUR_MS)
    for key, value in first.take().changelog:
        second.load(key, value)
    second.restore(first.state())
    again = event_of(doc("c", "web.page_viewed", T + 31 * DAY_MS + 2 * HOUR_MS))
    for engine in (first, second):
        engine.apply(again)
        engine.tick(T + 80 * DAY_MS)
    assert first.announced() == second.announced()
    assert [pack(p) for p in first.profiles()] == [pack(p) for p in second.profiles()]


def test_every_signal_fits_every_form():
    """Details are what Avro's schema holds, and come back the same."""
    nursed = lifecycle(WARM, WON, lead={**NURSED, "sla": {"within": "1h", "escalate": "boss"}})
    signals = {"surge": {}, "cooling": {"horizon": "40d"}, "re_engaged": {}}
    drive = Drive(rules=(FADING,), cycle=nursed, scores={"product-b": PRODUCT}, signals=signals)
    drive.apply(doc("a", "web.page_viewed", T), *views("b", T + 31 * DAY_MS, 4), claim("o", T + 32 * DAY_MS, "ann"))
    won = doc("w", "crm.opportunity_won", T + 32 * DAY_MS + 2)
    drive.apply(claim("p", T + 32 * DAY_MS + 1, "bob"), won, *views("c", T + 33 * DAY_MS, 2)).tick(T + 40 * DAY_MS)
    told = {"surge", "cooling", "re_engaged", "cross_sell", "nurture", "claim_conflict", "sla_breached"}
    assert {s["signal"] for s in drive.signals} == told
    for forms in (json_forms("t"), single_object_forms("t")):
        for signal in drive.signals:
            assert decode_output(forms["signal"].encode(signal)) == signal
