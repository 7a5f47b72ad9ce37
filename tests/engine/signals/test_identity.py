"""A signal is one record, whoever makes it again (lifecycle.md, Signals)."""

from uuid import NAMESPACE_URL, uuid5

from tests.engine.driving import Drive
from tests.engine.signals.setting import T, claim


def test_the_id_of_a_signal_is_made_of_lead_name_instant_and_key():
    """So a replay and a worker that starts anew make the same, and consumers can tell."""
    drive = Drive().apply(claim("a", T, "ann"), claim("b", T + 5, "bob"), claim("c", T + 5, "cid")).tick(T + 9)
    names = [f"urn:leadtide:signal:L1:claim_conflict:{T + 5}:{key}" for key in "bc"]
    assert [s["signal_id"] for s in drive.signals] == [str(uuid5(NAMESPACE_URL, name)) for name in names]


def test_a_signal_without_a_key_ends_with_nothing():
    """The name of such an id ends with its colon."""
    drive = Drive(cycle={"entry": "v", "stages": {"v": {"sla": {"within": "4h"}}}, "transitions": []})
    (found,) = drive.apply(claim("a", T, "ann")).tick(T + 100_000_000).signals
    name = f"urn:leadtide:signal:L1:sla_breached:{T + 4 * 3_600_000}:"
    assert found["signal_id"] == str(uuid5(NAMESPACE_URL, name))
