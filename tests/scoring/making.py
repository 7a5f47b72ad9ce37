"""Models and facts for tests: both go through the product's own loader and decoder."""

from __future__ import annotations

import json
from contextlib import AbstractContextManager
from typing import Any
from unittest import mock

from pipeline.codec import decode
from pipeline.engine.absorbing import insert_fact
from pipeline.engine.facts import FactMaker
from pipeline.events import Event
from pipeline.models import durations, parse_model
from pipeline.scoring.known import Known
from pipeline.scoring.model import Model
from pipeline.scoring.outlook import Outlook
from pipeline.scoring.profile import Profile
from pipeline.scoring.scorer import Scorer

Doc = dict[str, Any]
LEAD = "L1"


def second_of(milliseconds: int) -> AbstractContextManager[Any]:
    """While this lasts `7s` in a model means seven times as long, so that a horizon can be short or long."""
    return mock.patch.dict(durations._UNITS_MS, {"s": milliseconds})


def model_of(data: Doc) -> Model:
    """The model that the loader makes of a document."""
    return parse_model(text_of(data))


def text_of(data: Doc) -> str:
    """The document as the text of a model (JSON is YAML)."""
    return json.dumps({"id": "m", "version": 1, **data}, ensure_ascii=False)


def fine_model_of(data: Doc, second: int = 1) -> Model:
    """The same, with seconds read as milliseconds (or as what `second` says)."""
    with second_of(second):
        return model_of(data)


def doc(event_id: str, type_: str, at: int, /, lead_id: str | None = LEAD, **fields: Any) -> Doc:
    """An event document; what is neither envelope nor None is a property."""
    names = ("visitor_id", "email", "external_ids", "account", "source", "campaign", "context", "consent")
    envelope = {name: fields.pop(name) for name in names if name in fields}
    found = {"event_id": event_id, "type": type_, "occurred_at": at, **envelope}
    if lead_id is not None:
        found["lead_id"] = lead_id
    if fields:
        found["properties"] = fields
    return found


def event_of(document: Doc) -> Event:
    """The event as the decoder reads it."""
    event = decode(json.dumps(document, ensure_ascii=False).encode())
    assert isinstance(event, Event), event
    return event


def profile_of(model: Model, documents: list[Doc], subject: str = LEAD) -> Profile:
    """A lead that knows these events and was never decided."""
    maker, profile = FactMaker(model), Profile(subject)
    for document in documents:
        insert_fact(profile, maker.fact_of(event_of(document)))
    return profile


def outlook_of(model: Model, documents: list[Doc], at: int, subject: str = LEAD) -> Outlook:
    """What the core knows of the lead at an instant."""
    return Outlook(Known(Scorer(model), subject, profile_of(model, documents, subject).facts, at))


def score_of(model: Model, documents: list[Doc], at: int, subject: str = LEAD) -> tuple[float, float, float, str]:
    """Explicit, implicit, total, grade."""
    outlook = outlook_of(model, documents, at, subject)
    return outlook.explicit, outlook.implicit(outlook.now).low, outlook.total(outlook.now).low, outlook.grade
