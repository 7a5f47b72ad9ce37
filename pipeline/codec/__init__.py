"""Between bytes on the wire and events (contract: events.md, Envelope and Forms on the wire).

`decode` reads every accepted form and never raises; `encode` writes the NDJSON form.
"""

from pipeline.codec.framing import MAX_BYTES, decode
from pipeline.codec.json_form import canonical_json, document_of, encode
from pipeline.codec.reasons import Reason
from pipeline.events import Event, Rejection

__all__ = ["MAX_BYTES", "Event", "Reason", "Rejection", "canonical_json", "decode", "document_of", "encode"]
