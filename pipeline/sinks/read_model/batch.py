"""A batch of records turned into one commit: which leads they touch, and what becomes of these."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from aiokafka.structs import ConsumerRecord

from pipeline import topics
from pipeline.codec.instants import format_instant
from pipeline.codec.outbound import PINNED, OutputReader
from pipeline.engine.erased import ERASED_HEADER
from pipeline.errors import RecoveryError
from pipeline.sinks.read_model.lead import Lead
from pipeline.sinks.read_model.plan import Plan

Document = dict[str, Any]


@dataclass(slots=True)
class Batch:
    """What the records say, by lead. Of scores only the latest of each lead is looked at: it says everything.

    `erased`: until when (an instant as text) it is forgotten.
    """

    scores: dict[str, Document | None] = field(default_factory=dict)
    changes: list[Document] = field(default_factory=list)
    signals: list[Document] = field(default_factory=list)
    erased: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, records: Mapping[str, list[ConsumerRecord]], outputs: OutputReader = PINNED) -> Batch:
        """Read the records, by `<topic>:<partition>`; `outputs` has their schemas.

        Raises RecoveryError for one that no release of ours wrote.
        """
        batch = cls()
        for name, of_partition in records.items():
            topic = name.rpartition(":")[0]
            if topic == topics.SCORES.name:
                latest = {record.key: record for record in of_partition if record.key is not None}
                batch.erased |= {
                    record.key.decode(): until
                    for record in of_partition
                    if record.key is not None and (until := _erased_until(record)) is not None
                }
                for record in latest.values():
                    document = None if record.value is None else _decoded(record, outputs)
                    batch.scores[record.key.decode()] = document
            else:
                into = batch.changes if topic == topics.STAGE_CHANGES.name else batch.signals
                into += [_decoded(record, outputs) for record in of_partition if record.value is not None]
        return batch

    @property
    def lead_ids(self) -> list[str]:
        """Whom it is about."""
        others = (document["lead_id"] for document in (*self.changes, *self.signals))
        return list(dict.fromkeys((*self.scores, *others)))

    def plan(self, leads: Mapping[str, Lead], plan: Plan) -> Plan:
        """Apply it to the leads as they are; what has to be done in Redis."""
        after = {lead_id: lead.copy() for lead_id, lead in leads.items()}
        self.apply(after)
        for lead_id, lead in after.items():
            plan.move(leads[lead_id], lead)
        plan.external(self.external_names)
        return plan

    def apply(self, leads: Mapping[str, Lead]) -> None:
        """Change the leads."""
        for lead_id, until in self.erased.items():
            leads[lead_id].erased(until)
        for lead_id, document in self.scores.items():
            leads[lead_id].scored(document)
        for document in self.changes:
            leads[document["lead_id"]].changed(document)
        for document in self.signals:
            leads[document["lead_id"]].signalled(document)

    @property
    def external_names(self) -> set[str]:
        """The names of external ids that it mentions."""
        return {name for document in self.changes for name in document["external_ids"]}


def _erased_until(record: ConsumerRecord) -> str | None:
    """The instant that the tombstone of somebody erased tells; None: it is none."""
    if record.value is not None:
        return None
    told = next((value for name, value in record.headers if name == ERASED_HEADER), None)
    return None if told is None else format_instant(int(told))


def _decoded(record: ConsumerRecord, outputs: OutputReader) -> Document:
    try:
        return outputs.decode(record.value)
    except ValueError as error:
        where = f"{record.topic}, partition {record.partition}, offset {record.offset}"
        raise RecoveryError(
            f"an output record cannot be read ({where}): {error}. The read model stays as it is before this record; "
            "a newer release may be able to read it"
        ) from error
