"""People who share addresses, visitors, phones and lead ids."""

from hypothesis import strategies as st

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
