"""Events in Avro: the same events as in JSON, and nothing that hostile bytes or schemas can do."""

import asyncio
import json
import tracemalloc
from io import BytesIO
from uuid import UUID

import fastavro
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.codec import Decoder, Event, Reason, Rejection, SchemaAwaited, canonical_json, decode
from pipeline.codec.avro import reader_of, writer_of
from pipeline.codec.avro_form import registered_encoder, single_object_encoder
from pipeline.codec.forms import confluent_prefix, single_object_prefix
from pipeline.codec.instants import EARLIEST_MS, LATEST_MS, format_instant
from pipeline.codec.library import Library, UnreachableError
from pipeline.codec.outbound import OutputReader, decode_output, json_forms, registered_forms, single_object_forms
from pipeline.codec.reasons import UnreadableError
from pipeline.codec.schemas import current, fingerprint_of

SCHEMA = current("event")
GUID = UUID("11111111-2222-3333-4444-555555555555")
ROW = {"event_id": "e-1", "type": "web.page_viewed", "occurred_at": 1_772_443_800_000, "visitor_id": "v-9"}
SINGLE = single_object_prefix(fingerprint_of(SCHEMA))


class Source:
    """A registry with these schemas; what is an error is raised."""

    def __init__(self, schemas):
        self.schemas = schemas

    async def schema(self, ref):
        found = self.schemas.get(ref)
        if isinstance(found, Exception):
            raise found
        return found


def decoder_with(schemas):
    library = Library("event", registry=Source(schemas))
    for ref in schemas:
        asyncio.run(library.fetch(ref))
    return Decoder(library)


texts = st.text(max_size=20)
maps = st.none() | st.dictionaries(texts, texts, max_size=3)
scalars = st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | texts
scalars |= st.floats(allow_nan=False, allow_infinity=False)
rows = st.fixed_dictionaries(
    {
        "event_id": texts,
        "type": st.sampled_from(["web.page_viewed", "form.imported", "crm.claimed"]),
        "occurred_at": st.integers(EARLIEST_MS, LATEST_MS),
        "visitor_id": st.just("v-9") | st.none() | texts,
        "lead_id": st.none() | texts | st.just("null"),
        "email": st.none() | texts | st.just(" Ann@ACME.example "),
        "external_ids": maps,
        "account": st.none() | texts,
        "source": st.none() | texts,
        "campaign": maps,
        "properties": st.none() | st.dictionaries(texts | st.just("title"), scalars, max_size=6),
        "context": maps,
        "consent": st.none() | st.dictionaries(texts, st.booleans(), max_size=3),
    }
)
DECODER = decoder_with({7: SCHEMA, GUID: SCHEMA})


@given(rows, st.none() | st.integers(EARLIEST_MS, LATEST_MS))
def test_one_event_in_every_form_is_one_event(row, append_time):
    """JSON, single object, a registry's id, its GUID and the id in a header give the same event, or the same reason."""
    body = writer_of(SCHEMA, b"")(row)
    line = json.dumps(row | {"occurred_at": format_instant(row["occurred_at"])}).encode()
    found = [
        DECODER.decode(line, append_time_ms=append_time),
        DECODER.decode(SINGLE + body, append_time_ms=append_time),
        DECODER.decode(confluent_prefix(7) + body, append_time_ms=append_time),
        DECODER.decode(b"\x01" + GUID.bytes + body, append_time_ms=append_time),
        DECODER.decode(body, append_time_ms=append_time, headers=[("__value_schema_id", b"\x01" + GUID.bytes)]),
    ]
    assert all(one == found[0] for one in found)
    if isinstance(found[0], Event):
        assert len({canonical_json(one) for one in found}) == 1, "1, 1.0 and true are equal in Python only"
        assert decode(single_object_encoder()(found[0])) == found[0]


@given(rows)
def test_our_bytes_and_fastavros_are_the_same(row):
    """What we write, an implementation that is not ours reads, and the other way round."""
    bare = json.loads(json.dumps(SCHEMA).replace(', "logicalType": "timestamp-millis"', ""))
    body = writer_of(SCHEMA, b"")(row)
    assert fastavro.schemaless_reader(BytesIO(body), fastavro.parse_schema(bare), None) == row
    stream = BytesIO()
    fastavro.schemaless_writer(stream, fastavro.parse_schema(bare), row)
    assert reader_of(SCHEMA, SCHEMA)(stream.getvalue(), 0) == row


@given(rows, st.integers(0, 400), st.integers(0, 255))
def test_no_damage_to_avro_makes_decode_raise(row, place, byte):
    """Whatever is changed or cut off, the record is an event or has a reason."""
    value = bytearray(SINGLE + writer_of(SCHEMA, b"")(row))
    for damaged in (value[: place % len(value)], value[:10] + bytes([byte]) + value[11:], value + bytes([byte])):
        result = decode(bytes(damaged))
        assert isinstance(result, Event) or result.reason in set(Reason)
    value[place % len(value)] = byte
    assert isinstance(decode(bytes(value)), Event | Rejection)


@pytest.mark.parametrize("count", [3_000_000, 2**62, -3_000_000, -(2**62)])
def test_items_that_are_not_there_are_refused_before_anything_is_made_of_them(count):
    """A few bytes that claim millions of properties cost no memory."""
    out = bytearray()
    head = writer_of(SCHEMA, b"")(ROW)
    number = (count << 1) ^ (count >> 63)
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    tracemalloc.start()
    refused = decode(SINGLE + head[:-3] + b"\x02" + bytes(out))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert isinstance(refused, Rejection)
    assert refused.reason == Reason.BAD_AVRO
    assert peak < 100_000


def test_what_lies_behind_the_record_is_refused():
    """A byte too many is no record with something ignored."""
    value = SINGLE + writer_of(SCHEMA, b"")(ROW)
    assert isinstance(decode(value), Event)
    assert decode(value + b"\x00").reason == Reason.BAD_AVRO


def nested(levels, name="R"):
    inner = "string"
    for level in range(levels):
        inner = {"type": "record", "name": f"{name}{level}", "fields": [{"name": "f", "type": inner}]}
    return inner


def doubled(levels):
    """Named records that each hold the one before twice: small to write down, 2**levels values to read."""
    fields = [{"name": "z", "type": {"type": "record", "name": "R0", "fields": [{"name": "f", "type": "null"}]}}]
    for level in range(1, levels):
        body = [{"name": side, "type": f"R{level - 1}"} for side in "ab"]
        fields.append({"name": f"f{level}", "type": {"type": "record", "name": f"R{level}", "fields": body}})
    return fields


HOSTILE = {
    "recursive": [{"name": "next", "type": ["null", "Event"], "default": None}],
    "items that take no bytes": [{"name": "x", "type": {"type": "array", "items": "null"}}],
    "items of many values and few bytes": [
        {
            "name": "x",
            "type": {
                "type": "array",
                "items": {
                    "type": "record",
                    "name": "Wide",
                    "fields": [{"name": f"f{n}", "type": "null"} for n in range(100)]
                    + [{"name": "b", "type": "boolean"}],
                },
            },
        }
    ],
    "nested very deep": [{"name": "x", "type": nested(30)}],
    "doubling": doubled(25),
    "unknown type": [{"name": "x", "type": "Nobody"}],
    "micros": None,
}


@pytest.mark.parametrize("what", HOSTILE)
def test_a_hostile_schema_of_the_registry_is_refused_unread(what):
    """A writer's schema that could be used to harm us is a dead letter's reason, not a crash."""
    schema = json.loads(json.dumps(SCHEMA))
    if HOSTILE[what] is None:
        schema["fields"][2]["type"]["logicalType"] = "timestamp-micros"
    else:
        schema["fields"] += HOSTILE[what]
    refused = decoder_with({9: schema}).decode(confluent_prefix(9) + b"\x00" * 64)
    assert isinstance(refused, Rejection)
    assert refused.reason == Reason.UNUSABLE_SCHEMA


def test_an_older_writers_schema_is_read_as_ours():
    """A producer whose schema lacks a field and has one of its own is understood."""
    older = json.loads(json.dumps(SCHEMA))
    older["fields"] = [field for field in older["fields"] if field["name"] != "consent"]
    older["fields"].insert(1, {"name": "trace", "type": {"type": "array", "items": "long"}})
    value = writer_of(older, confluent_prefix(9))(ROW | {"trace": [1, 2]})
    assert decoder_with({9: older}).decode(value) == decode(SINGLE + writer_of(SCHEMA, b"")(ROW))


async def test_a_registry_that_is_away_holds_the_record_and_one_that_knows_nothing_refuses_it():
    """No answer is no verdict: the record waits until there is one. That there is no such schema is a verdict."""
    source = Source({7: UnreachableError("away")})
    decoder = Decoder(Library("event", registry=source))
    value = writer_of(SCHEMA, confluent_prefix(7))(ROW)
    for _ in range(3):
        with pytest.raises(SchemaAwaited):
            decoder.decode(value)
        await asyncio.sleep(0.05)
    source.schemas[7] = SCHEMA
    async with asyncio.timeout(30):
        while True:
            try:
                found = decoder.decode(value)
                break
            except SchemaAwaited:
                await asyncio.sleep(0.02)
    assert isinstance(found, Event)
    with pytest.raises(SchemaAwaited):
        decoder.decode(confluent_prefix(8) + value[5:])
    await asyncio.sleep(0.05)
    assert decoder.decode(confluent_prefix(8) + value[5:]).reason == Reason.UNKNOWN_SCHEMA


CHANGE = {
    "change_id": "c-1", "lead_id": "L-1", "seq": 3, "email": None, "account": "acme.example", "owner": None,
    "external_ids": {"crm": "7"}, "first_source": None, "first_campaign": None, "from_stage": "lead",
    "to_stage": "mql", "direction": "up", "occurred_at": "2026-03-02T09:30:00.001Z", "cause": "activity",
    "trigger_event_id": "e-1", "explicit": 1.0, "implicit": 0.1, "total": 1.1, "grade": "A1",
    "reasons": [{"rule": "r", "title": "R", "points": 1.1, "events": ["e-1"]}], "model": "m", "model_version": "1",
    "retracts_seq": None, "absorbed": [{"lead_id": "v:1", "last_seq": 2, "stage": "visitor"}], "sla_due_at": None,
    "decided_at": "2026-03-02T09:30:01.000Z",
}  # fmt: skip
SIGNAL = {
    "signal_id": "s-1", "signal": "duplicate_suspected", "lead_id": "L-1", "occurred_at": "2026-03-02T09:30:00.001Z",
    "stage": "lead", "details": {"identifier": "x", "n": 3, "list": ["a"]}, "other": "L-2",
}  # fmt: skip


async def test_outputs_come_back_as_they_were_in_every_form():
    """Documents, the marker `history` and optional fields among them, survive JSON and both framings of Avro."""
    without_other = {key: value for key, value in SIGNAL.items() if key != "other"}
    documents = [("stage-change", CHANGE), ("stage-change", CHANGE | {"history": True})]
    documents += [("signal", SIGNAL), ("signal", without_other)]
    ids = {"stage-change": 1, "score": 2, "signal": 3}
    outputs = OutputReader(Source({number: current(name) for name, number in ids.items()}))
    for name, document in documents:
        for forms in (json_forms("x"), single_object_forms("x")):
            assert decode_output(forms[name].encode(document)) == document
        framed = registered_forms("x", ids)[name].encode(document)
        found = await outputs.document(framed)
        assert found == document
        assert list(found) == list(document)
        with pytest.raises(ValueError, match="registry"):
            decode_output(framed)


def test_an_output_is_a_cloud_event_with_its_own_id():
    """`ce_id` is what makes a repeated record the same one; the time is the instant of the change."""
    headers = dict(single_object_forms("urn:leadtide:x")["stage-change"].headers(CHANGE))
    assert headers == {
        "ce_specversion": b"1.0",
        "ce_id": b"c-1",
        "ce_source": b"urn:leadtide:x",
        "ce_type": b"leadtide.stage_changed",
        "ce_time": b"2026-03-02T09:30:00.001Z",
        "content-type": b"application/avro",
    }


def test_a_cloud_event_says_in_headers_what_its_data_does_not():
    """Binary mode fills what is missing and overrides nothing; structured mode carries the event as data."""
    data = {"visitor_id": "v-9", "type": "web.searched"}
    headers = [("ce_specversion", b"1.0"), ("ce_id", b"e-9"), ("ce_type", b"x.y"), ("ce_source", b"shop")]
    headers.append(("ce_time", b"2026-03-02T09:30:00Z"))
    event = decode(json.dumps(data).encode(), headers=headers)
    assert event == Event("e-9", "web.searched", ROW["occurred_at"], visitor_id="v-9", source="shop")
    attributes = {"specversion": "1.0", "id": "e-9", "type": "x.y", "source": "shop", "time": "2026-03-02T09:30:00Z"}
    whole = json.dumps(attributes | {"data": data}).encode()
    assert decode(whole, headers=[("content-type", b"application/cloudevents+json; charset=utf-8")]) == event
    batch = [("content-type", b"application/cloudevents-batch+json")]
    assert decode(whole, headers=batch).reason == Reason.UNSUPPORTED_FORMAT
    assert decode(b"{}", headers=[("Content-Type", b"application/cloudevents+json")]).reason == Reason.MISSING_FIELD


def test_without_a_registry_its_frames_are_told_as_such():
    """Nobody need guess why the record is dead: it says which setting is missing."""
    refused = decode(registered_encoder(7)(decode(SINGLE + writer_of(SCHEMA, b"")(ROW))))
    assert refused.reason == Reason.UNSUPPORTED_FORMAT
    assert "LEADTIDE_REGISTRY__URL" in refused.message


def test_a_reader_is_refused_for_what_is_no_schema():
    """Whatever stands where a schema should, it is one kind of error."""
    for wrong in ({}, {"type": "record"}, {"type": "record", "name": "Event", "fields": 7}, {"type": ["null"]}):
        with pytest.raises(UnreadableError) as refused:
            reader_of(wrong, SCHEMA)
        assert refused.value.reason == Reason.UNUSABLE_SCHEMA
