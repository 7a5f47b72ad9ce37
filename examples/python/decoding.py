"""From a record's bytes to a stage change, in each form that Leadtide writes."""

import io
import json
import os
from functools import cache
from pathlib import Path
from urllib.request import urlopen

from fastavro import schemaless_reader
from fastavro.schema import fingerprint, to_parsing_canonical_form

SCHEMAS = Path(__file__).parents[2] / "schemas"
FILES = [SCHEMAS / "outbound/stage-change.avsc", *(SCHEMAS / "history/stage-change").glob("*.avsc")]
KNOWN = [json.loads(file.read_text()) for file in FILES]
BY_FINGERPRINT = {fingerprint(to_parsing_canonical_form(schema), "CRC-64-AVRO"): schema for schema in KNOWN}


def decode(value):
    if value[:1] == b"{":
        return json.loads(value)
    if value[:2] == b"\xc3\x01":  # single object: fingerprint of the writer's schema, then Avro
        writer, start = BY_FINGERPRINT.get(value[2:10].hex()), 10
    elif value[:1] == b"\x00":  # Confluent's framing: number of the writer's schema in the registry, then Avro
        writer, start = registered(int.from_bytes(value[1:5], "big")), 5
    else:
        raise ValueError(f"neither JSON nor Avro: {value[:10]!r}")
    if writer is None:
        raise ValueError("written by a newer Leadtide: take its schemas/history, too")
    return schemaless_reader(io.BytesIO(value[start:]), writer, KNOWN[0])


@cache
def registered(number):
    with urlopen(f"{os.environ['REGISTRY']}/schemas/ids/{number}") as answer:  # noqa: S310 - our own setting
        return json.loads(json.load(answer)["schema"])
