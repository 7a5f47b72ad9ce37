"""`decode`: every well-formed record becomes an event, every other one a rejection with its reason."""

import json

import pytest

from pipeline.codec import MAX_BYTES, Event, Reason, Rejection, decode

INSTANT = 1_772_443_800_000
BASE = {"event_id": "e-1", "type": "web.page_viewed", "occurred_at": "2026-03-02T09:30:00Z", "visitor_id": "v-9"}


def record(**changes):
    return json.dumps(BASE | changes, ensure_ascii=False).encode()


def without(name):
    return json.dumps({key: value for key, value in BASE.items() if key != name}).encode()


def nested(levels):
    value = 1
    for _ in range(levels):
        value = {"k": value}
    return value


REJECTED = [
    (Reason.NULL_VALUE, None),
    (Reason.TOO_LARGE, record(properties={"text": "x" * MAX_BYTES})),
    (Reason.UNSUPPORTED_FORMAT, b"\x00\x00\x00\x00\x07\x06e-1"),
    (Reason.UNSUPPORTED_FORMAT, b"\x01" + b"g" * 16 + b"\x06e-1"),
    (Reason.UNKNOWN_SCHEMA, b"\xc3\x01" + b"f" * 8),
    (Reason.BAD_AVRO, b"\x00\x00\x00"),
    (Reason.UNKNOWN_SCHEMA, b"\x00\xfe\xff\xff\x7f"),
    (Reason.NOT_JSON, b""),
    (Reason.NOT_JSON, b"\xc3"),
    (Reason.NOT_JSON, b"not json"),
    (Reason.NOT_JSON, record()[:-1]),
    (Reason.NOT_JSON, record() + b"}"),
    (Reason.NOT_JSON, record() + b"\x00"),
    (Reason.NOT_JSON, b"\xef\xbb\xbf" + record()),
    (Reason.NOT_JSON, record(properties={"n": float("nan")})),
    (Reason.NOT_JSON, record(properties={"n": float("-inf")})),
    (Reason.NOT_JSON, record().replace(b'"v-9"', b'"v-9", "properties": {"n": 1e999}')),
    (Reason.NOT_JSON, record().replace(b"v-9", b"\\ud800")),
    (Reason.NOT_JSON, record().replace(b"v-9", b"\xff\xfe")),
    (Reason.NOT_JSON, record().replace(b"v-9", b"\xed\xa0\x80")),
    (Reason.NOT_AN_OBJECT, b"[]"),
    (Reason.NOT_AN_OBJECT, b"17"),
    (Reason.NOT_AN_OBJECT, b"null"),
    (Reason.NOT_AN_OBJECT, b'"{}"'),
    (Reason.TOO_DEEP, b"[" * 100_000),
    (Reason.TOO_DEEP, b'{"a":' * 10_000 + b"1" + b"}" * 10_000),
    (Reason.TOO_DEEP, record(properties=nested(5))),
    (Reason.TOO_DEEP, record(properties={"a": [[[[1]]]]})),
    (Reason.TOO_DEEP, record(properties={"a": {"b": [{"c": {}}]}})),
    (Reason.TOO_MANY_PROPERTIES, record(properties={f"p{n}": n for n in range(257)})),
    (Reason.TOO_MANY_PROPERTIES, record(properties={f"p{n}": {"a": 1, "b": 2} for n in range(129)})),
    (Reason.TOO_MANY_PROPERTIES, record(external_ids={f"id{n}": "x" for n in range(257)})),
    (Reason.MISSING_FIELD, without("event_id")),
    (Reason.MISSING_FIELD, without("type")),
    (Reason.MISSING_FIELD, without("occurred_at")),
    (Reason.MISSING_FIELD, record(event_id=None)),
    (Reason.BAD_FIELD, record(event_id="")),
    (Reason.BAD_FIELD, record(event_id="x" * 129)),
    (Reason.BAD_FIELD, record(event_id="é" * 65)),
    (Reason.BAD_FIELD, record(event_id=17)),
    (Reason.BAD_FIELD, record(type="pageview")),
    (Reason.BAD_FIELD, record(type=".viewed")),
    (Reason.BAD_FIELD, record(type="web.")),
    (Reason.BAD_FIELD, record(type="web page.viewed")),
    (Reason.BAD_FIELD, record(type="web." + "x" * 125)),
    (Reason.BAD_FIELD, record(visitor_id=9)),
    (Reason.BAD_FIELD, record(lead_id=["x"])),
    (Reason.BAD_FIELD, record(email=True)),
    (Reason.BAD_FIELD, record(account=1)),
    (Reason.BAD_FIELD, record(source={})),
    (Reason.BAD_FIELD, record(external_ids=["crm"])),
    (Reason.BAD_FIELD, record(external_ids={"crm": 77})),
    (Reason.BAD_FIELD, record(campaign={"name": 1})),
    (Reason.BAD_FIELD, record(context="x")),
    (Reason.BAD_FIELD, record(consent={"tracking": 1})),
    (Reason.BAD_FIELD, record(consent={"tracking": "yes"})),
    (Reason.BAD_FIELD, record(properties=[1])),
    (Reason.BAD_TIME, record(occurred_at="2026-03-02T09:30:00")),
    (Reason.BAD_TIME, record(occurred_at="yesterday")),
    (Reason.BAD_TIME, record(occurred_at=True)),
    (Reason.BAD_TIME, record(occurred_at=1772443800000.0)),
    (Reason.BAD_TIME, record(occurred_at=-1)),
    (Reason.BAD_TIME, record(occurred_at=253_402_300_800_000)),
    (Reason.BAD_TIME, record(occurred_at=10**30)),
    (Reason.NO_IDENTITY, without("visitor_id")),
    (Reason.NO_IDENTITY, record(visitor_id=None, external_ids={"crm": None})),
    (Reason.RESERVED_IDENTITY, record(lead_id="v:v-9")),
    (Reason.RESERVED_IDENTITY, record(external_ids={"email": "ann@acme.example"})),
]


@pytest.mark.parametrize(("reason", "value"), REJECTED)
def test_a_bad_record_is_rejected_with_its_reason(reason, value):
    rejection = decode(value)
    assert isinstance(rejection, Rejection)
    assert rejection.reason == reason
    assert rejection.message


def test_the_table_above_shows_every_reason_that_needs_no_registry():
    assert {reason for reason, _ in REJECTED} == set(Reason) - {Reason.UNUSABLE_SCHEMA}


@pytest.mark.parametrize(
    "filler", ["", "  ", "null", "NULL", " none ", "-1", "0", "0000", "Anonymous", "undefined", "00000000-0000-0000"]
)
def test_fillers_are_no_identity(filler):
    rejection = decode(record(visitor_id=filler, lead_id=filler, email=filler, external_ids={"crm": filler}))
    assert isinstance(rejection, Rejection)
    assert rejection.reason == Reason.NO_IDENTITY
    kept = decode(record(lead_id=filler, email=filler, external_ids={"crm": filler}))
    assert kept == Event("e-1", "web.page_viewed", INSTANT, visitor_id="v-9")


def test_a_full_event_arrives_whole():
    event = decode(
        record(
            lead_id="L-1",
            email=" Ann@ACME.example ",
            external_ids={"crm_contact": "77", "phone": None},
            account="acme.example",
            source="site",
            campaign={"source": "google", "term": None},
            context={"ip": "192.0.2.1", "locale": None},
            consent={"tracking": True, "email": False},
            properties={"path": "/pricing", "seconds": 41, "score": 0.5, "known": True, "nothing": None},
            later_field={"deep": [[[[[[1]]]]]]},
        )
    )
    assert event == Event(
        "e-1",
        "web.page_viewed",
        INSTANT,
        "L-1",
        "v-9",
        "ann@acme.example",
        {"crm_contact": "77"},
        "acme.example",
        "site",
        {"source": "google"},
        {"path": "/pricing", "seconds": 41, "score": 0.5, "known": True, "nothing": None},
        {"ip": "192.0.2.1"},
        {"tracking": True, "email": False},
    )


def test_null_maps_are_empty_maps():
    event = decode(record(external_ids=None, campaign=None, properties=None, context=None, consent=None))
    assert event == Event("e-1", "web.page_viewed", INSTANT, visitor_id="v-9")


def test_integer_milliseconds_are_a_time():
    event = decode(record(occurred_at=INSTANT))
    assert isinstance(event, Event)
    assert event.occurred_at == INSTANT


def test_an_event_from_the_future_is_clamped_to_five_minutes_after_its_append_time():
    append_time = INSTANT - 3_600_000
    event = decode(record(), append_time_ms=append_time)
    assert isinstance(event, Event)
    assert event.occurred_at == append_time + 300_000
    event = decode(record(), append_time_ms=INSTANT - 300_000)
    assert isinstance(event, Event)
    assert event.occurred_at == INSTANT


def properties_of(event_type="web.page_viewed", **properties):
    event = decode(record(type=event_type, properties=properties))
    assert isinstance(event, Event), event
    return event.properties


def test_objects_are_flattened_and_arrays_are_compact_text():
    given = {"a": {"b": {"c": {"d": 1}}}, "tags": ["x", {"y": "ü"}, [1.5]], "empty": {}, "none": []}
    assert properties_of(**given) == {"a.b.c.d": 1, "tags": '["x",{"y":"ü"},[1.5]]', "none": "[]"}


def test_integers_beyond_64_bits_become_doubles():
    kept = properties_of(big=2**63 - 1, low=-(2**63), bigger=2**63, huge=10**40)
    assert kept == {"big": 2**63 - 1, "low": -(2**63), "bigger": 2.0**63, "huge": 1e40}
    assert [type(value) for value in kept.values()] == [int, int, float, float]


def test_an_identify_fills_the_known_names_where_they_are_not_given():
    traits = {"company": {"name": "Acme", "employees": 120}, "title": "CTO"}
    filled = {"company": "Acme", "employees": 120, "job_title": "CTO"}
    written = {"company.name": "Acme", "company.employees": 120, "title": "CTO"}
    assert properties_of("form.imported", **traits) == written | filled
    assert properties_of("form.imported", **traits, employees=7)["employees"] == 7
    assert properties_of("form.submitted", **traits) == written


def test_exactly_256_properties_and_256_kib_are_allowed():
    assert len(properties_of(**{f"p{n}": n for n in range(256)})) == 256
    room = MAX_BYTES - len(record(properties={"text": ""}))
    value = record(properties={"text": "x" * room})
    assert len(value) == MAX_BYTES
    assert isinstance(decode(value), Event)


def test_nul_and_astral_characters_are_text_like_any_other():
    event = decode(record(visitor_id="v\u0000\U0001f600"))
    assert isinstance(event, Event)
    assert event.visitor_id == "v\u0000\U0001f600"
