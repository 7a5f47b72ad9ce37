"""Whatever an event holds, its outputs can be written in every form: else a checkpoint fails, and with it a worker."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pipeline.analysis.outputs import Reader, is_lead
from pipeline.codec.outbound import json_forms, registered_forms, single_object_forms
from pipeline.codec.schemas import OUTBOUND
from pipeline.scoring.scorer import Scorer
from tests.engine.driving import Drive, at, go
from tests.scoring.making import doc

T = 1_760_000_000_000
FORMS = (json_forms("t"), single_object_forms("t"), registered_forms("t", dict.fromkeys(OUTBOUND, 1)))
ANY_FORM = {"id": "any", "on": "form.submitted", "points": 10}
COUNTS = ("form.submitted", "form.imported", "crm.claimed", "crm.attribute_set", "crm.opportunity_won", "email.clicked")
NAMES = ("company_domain", "owner", "account", "email", "source", "campaign.name", "first_source", "grade", "stage")

scalars = (
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False)
)
values = scalars | st.text(max_size=12)
names = st.sampled_from([*NAMES, *(f"@{name}" for name in NAMES), "@external_ids.phone"]) | st.text(max_size=8)
events = st.lists(
    st.tuples(st.sampled_from(COUNTS), st.dictionaries(names, values, max_size=6)), min_size=1, max_size=5
)


def check(happened):
    drive = Drive(
        go("visitor", "lead", {"implicit": {"at_least": 10}}),
        go("lead", "mql", {"implicit": {"at_least": 20}}),
        rules=(ANY_FORM,),
    )
    for number, (kind, properties) in enumerate(happened):
        event = doc(f"e{number}", kind, T + number, lead_id="L1")
        drive.apply(event | {"properties": properties})
    drive.tick(T + 10)
    reader = Reader(Scorer(drive.model))
    scores = [reader.score_row(profile, T + 10) for profile in drive.engine.profiles() if is_lead(profile)]
    assert scores
    for forms in FORMS:
        for change in drive.changes:
            forms["stage-change"].encode(change | {"decided_at": at(T + 10)})
        for signal in drive.signals:
            forms["signal"].encode(signal)
        for score in scores:
            forms["score"].encode(score)
    return scores


@given(events)
@example([("form.submitted", {"company_domain": 7})])
@example([("form.submitted", {"company_domain": True}), ("crm.claimed", {"owner": 1.5})])
def test_every_form_holds_what_any_event_leads_to(happened):
    """No property, of any name and kind, comes to an output that a schema cannot hold."""
    check(happened)


@pytest.mark.parametrize("value", [7, 1.5, True])
def test_what_is_no_text_is_no_account(value):
    """A company domain counts as the account only if it is text."""
    assert check([("form.submitted", {"company_domain": value})])[0]["account"] is None
    assert check([("form.submitted", {"company_domain": "acme.example"})])[0]["account"] == "acme.example"
