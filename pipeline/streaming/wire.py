"""What goes over the wire: how a worker reads its inputs, and how it writes its outputs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from pipeline.codec import Decoder
from pipeline.codec.framing import PINNED
from pipeline.codec.outbound import Form, Forms, json_forms
from pipeline.engine.effects import Keyed
from pipeline.engine.erased import ERASED_HEADER
from pipeline.streaming.batches import OutRecord


@dataclass(frozen=True, slots=True)
class Wire:
    """`decoder`: of the input topics. `forms`: of the output topics. By default no registry, and JSON."""

    decoder: Decoder = PINNED
    forms: Forms = field(default_factory=lambda: json_forms("leadtide"))


def written(form: Form, effects: Iterable[Keyed]) -> Iterator[OutRecord]:
    """The records of one output topic; a tombstone has no value, and no header but the one of somebody erased."""
    for key, document, erased_until in effects:
        if erased_until is not None:
            yield OutRecord(key.encode(), None, [(ERASED_HEADER, str(erased_until).encode())])
        elif document is None:
            yield OutRecord(key.encode(), None)
        else:
            yield OutRecord(key.encode(), form.encode(document), form.headers(document))
