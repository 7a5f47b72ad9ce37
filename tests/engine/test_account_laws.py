"""Accounts come to the same whatever the number of partitions, the order between them and the deaths."""

from __future__ import annotations

import random
from itertools import pairwise

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from pipeline.engine.account_documents import account_row
from pipeline.scoring.accounts import is_account
from tests.engine.cluster import Cluster
from tests.engine.companies import companies
from tests.engine.test_partitions import reference, spread
from tests.scoring.journeys import HORIZON_MS
from tests.scoring.making import fine_model_of

laws = settings(
    max_examples=25, deadline=None, derandomize=True, database=None, phases=[Phase.explicit, Phase.generate]
)


def rows(model, profiles):
    """Every account as it stands."""
    return {p.subject: account_row(p, model.account, HORIZON_MS) for p in profiles if is_account(p)}


@laws
@given(companies(), st.integers(0, 2**32), st.sampled_from([2, 3, 12]), st.booleans())
def test_accounts_of_several_partitions_are_those_of_one(company, seed, partitions, deaths):
    """With the time in the events: contacts, totals, stages, changes and signals of accounts are equal."""
    data, history = company
    model, chance = fine_model_of(data), random.Random(seed)
    one, changes, signals = reference(model, history)
    cluster = Cluster(model, partitions, chance)
    spread(cluster, history, chance)
    cluster.run(deaths=deaths)
    assert cluster.changes == changes
    assert cluster.signals == signals
    assert rows(model, cluster.profiles()) == rows(model, one.profiles())
    assert not [p.subject for p in cluster.profiles() if p.inbox]


@laws
@given(companies(), st.integers(0, 2**32), st.booleans(), st.booleans())
def test_changes_of_accounts_form_a_chain_in_any_order(company, seed, stream, deaths):
    """Late and repeated events, live or not: `seq` is 1, 2, 3 …, stages follow each other, nobody is lost."""
    data, history = company
    model, chance = fine_model_of(data), random.Random(seed)
    cluster = Cluster(model, 3, chance, stream=stream)
    arrived = history + chance.choices(history, k=3)
    chance.shuffle(arrived)
    spread(cluster, arrived, chance)
    cluster.run(deaths=deaths)
    told = {}
    for change in cluster.changes.values():
        if change["lead_id"].startswith("a:"):
            told.setdefault(change["lead_id"], []).append(change)
    for changes in told.values():
        changes.sort(key=lambda change: change["seq"])
        assert [change["seq"] for change in changes] == list(range(1, len(changes) + 1))
        assert changes[0]["from_stage"] == "known"
        for before, after in pairwise(changes):
            assert before["to_stage"] == after["from_stage"]
            assert before["occurred_at"] <= after["occurred_at"]
    contacts = {}
    for profile in cluster.profiles():
        if is_account(profile):
            contacts |= dict.fromkeys(profile.contacts, profile.subject)
    members = {p.subject: p.member for p in cluster.profiles() if p.member}
    assert contacts == members
