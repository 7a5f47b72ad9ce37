"""Laws of the codec, over generated input."""

import json

from hypothesis import given
from hypothesis import strategies as st

from pipeline.codec import Event, Reason, Rejection, canonical_json, decode, encode
from pipeline.codec.instants import EARLIEST_MS, LATEST_MS

texts = st.text(max_size=30)
identifiers = st.none() | texts
scalars = st.none() | st.booleans() | st.integers() | st.floats() | texts
values = st.recursive(scalars, lambda inner: st.lists(inner) | st.dictionaries(texts, inner), max_leaves=30)
instants = st.integers(EARLIEST_MS, LATEST_MS)
envelopes = st.fixed_dictionaries(
    {
        "event_id": st.text(min_size=1, max_size=32),
        "type": st.sampled_from(["web.page_viewed", "form.imported", "crm.stage_set", "some.thing_done"]),
        "occurred_at": instants,
        "visitor_id": st.just("v-9") | texts,
    },
    optional={
        "lead_id": identifiers,
        "email": identifiers,
        "external_ids": st.none() | st.dictionaries(texts, identifiers, max_size=3),
        "account": identifiers,
        "source": identifiers,
        "campaign": st.dictionaries(texts, identifiers, max_size=3),
        "properties": st.dictionaries(
            texts | st.sampled_from(["company", "title", "company.name"]),
            scalars | st.dictionaries(texts, scalars, max_size=3) | st.lists(scalars, max_size=3),
            max_size=6,
        ),
        "context": st.dictionaries(texts, identifiers, max_size=3),
        "consent": st.none() | st.dictionaries(texts, st.none() | st.booleans(), max_size=3),
    },
)


def check(result):
    if isinstance(result, Rejection):
        assert result.reason in set(Reason)
        assert result.message
    else:
        assert isinstance(result, Event)


@given(st.binary(max_size=300))
def test_no_bytes_make_decode_raise(value):
    check(decode(value))


@given(values)
def test_no_json_makes_decode_raise(value):
    check(decode(json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")))


@given(st.dictionaries(st.sampled_from(list(Event.__dataclass_fields__)), values))
def test_no_value_of_a_field_makes_decode_raise(fields):
    given_fields = {"event_id": "e", "type": "web.page_viewed", "occurred_at": 0, "visitor_id": "v"} | fields
    check(decode(json.dumps(given_fields).encode()))


@given(envelopes, st.integers(0, 400), st.integers(0, 255))
def test_no_damage_to_a_good_record_makes_decode_raise(envelope, place, byte):
    value = bytearray(json.dumps(envelope).encode())
    value[place % len(value)] = byte
    check(decode(bytes(value)))
    check(decode(bytes(value[:place])))


@given(envelopes)
def test_what_is_encoded_decodes_to_the_same_event(envelope):
    event = decode(json.dumps(envelope).encode())
    if isinstance(event, Event):
        assert decode(encode(event)) == event
        assert b"\n" not in encode(event)


@given(envelopes, st.randoms(use_true_random=False))
def test_the_canonical_text_does_not_depend_on_the_order_of_keys(envelope, random):
    event = decode(json.dumps(envelope).encode())
    shuffled = list(envelope.items())
    random.shuffle(shuffled)
    again = decode(json.dumps(dict(shuffled)).encode())
    if isinstance(event, Event):
        assert isinstance(again, Event)
        assert canonical_json(event) == canonical_json(again)
