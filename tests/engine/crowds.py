"""People who share addresses, visitors, phones and lead ids."""

from hypothesis import strategies as st

from tests.scoring.journeys import HISTORY_MS, orders
from tests.scoring.oracle import distinct
from tests.scoring.signals.worlds import told
from tests.scoring.worlds import events

PEOPLE = st.sampled_from(
    [
        {"lead_id": "L1"},
        {"lead_id": "L1", "email": "ann@acme.example"},
        {"lead_id": "L1", "visitor_id": "v1"},
        {"lead_id": "L2", "visitor_id": "v1"},
        {"lead_id": "L2", "visitor_id": "v2"},
        {"email": "ann@acme.example", "visitor_id": "v1"},
        {"email": "ann@acme.example"},
        {"visitor_id": "v1"},
        {"visitor_id": "v2"},
        {"visitor_id": "v3"},
        {"external_ids": {"phone": "7"}, "visitor_id": "v3"},
        {"lead_id": "L2", "external_ids": {"phone": "7"}},
    ]
)


@st.composite
def histories(draw, most, *, people):
    """Up to so many events of several people; with `people` what sales and mail tell of them, too."""
    history = draw(st.lists(events(HISTORY_MS, marks=False), min_size=2, max_size=most))
    if people:
        history += draw(st.lists(orders(), min_size=1, max_size=most // 2))
        history += draw(st.lists(told(), max_size=most // 3))
    history = distinct(history)
    for event in history:
        for name in ("lead_id", "email", "visitor_id"):
            event.pop(name, None)
        event.update(draw(PEOPLE))
    return history
