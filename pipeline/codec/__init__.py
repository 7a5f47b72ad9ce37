"""Between bytes on the wire and events (contract: events.md, Envelope and Forms on the wire).

`decode` reads every accepted form and never raises; `encode` writes the NDJSON form. `Decoder` reads those of a
schema registry, too. `outbound` has both directions of what the pipeline writes.
"""

from pipeline.codec.framing import MAX_BYTES, Decoder, decode
from pipeline.codec.json_form import canonical_json, document_of, encode
from pipeline.codec.library import SchemaAwaited
from pipeline.codec.reasons import Reason
from pipeline.events import Event, Rejection

__all__ = [
    "MAX_BYTES",
    "Decoder",
    "Event",
    "Reason",
    "Rejection",
    "SchemaAwaited",
    "canonical_json",
    "decode",
    "document_of",
    "encode",
]
