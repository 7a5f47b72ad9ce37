"""What one engine comes to, and several partitions that are given the same."""

from pipeline.analysis.outputs import Reader, is_lead
from pipeline.engine.engine import Engine
from pipeline.scoring.scorer import Scorer
from tests.scoring.journeys import HORIZON_MS
from tests.scoring.making import event_of


def reference(model, history):
    """One engine after all events and a tick; its stage changes and signals by id."""
    engine = Engine(model)
    for document in history:
        engine.apply(event_of(document))
    engine.tick(HORIZON_MS)
    changes, signals = engine.announced()
    return engine, {c["change_id"]: c for c in changes}, {s["signal_id"]: s for s in signals}


def rows(model, profiles, *without):
    """The score rows of the leads by subject, without these columns."""
    reader = Reader(Scorer(model))
    found = {p.subject: reader.score_row(p, HORIZON_MS) for p in profiles if is_lead(p)}
    return {subject: {k: v for k, v in row.items() if k not in without} for subject, row in found.items()}


def spread(cluster, history, chance):
    """Each event under a key of chance; then the tick."""
    for document in history:
        cluster.inputs[chance.randrange(cluster.partitions)].append(event_of(document))
    for inputs in cluster.inputs:
        inputs.append(HORIZON_MS)
