"""Every frozen version of a schema is read by every other one that its rule says must read it."""

import copy
from io import BytesIO
from itertools import product

import fastavro
import pytest
from fastavro.utils import generate_one

from pipeline.codec.avro import reader_of, writer_of
from pipeline.codec.compatibility import breaks, incompatibilities
from pipeline.codec.freeze import freeze
from pipeline.codec.reasons import UnreadableError
from pipeline.codec.schemas import INBOUND, OUTBOUND, all_names, current, current_text, direction_of, history
from pipeline.codec.schemas import history_texts as texts_of

VERSIONED = [*INBOUND, *OUTBOUND]


def written(schema):
    """A record with something in every field, by a writer that is not ours."""
    bare = fastavro.parse_schema(without_logic(schema))
    stream = BytesIO()
    fastavro.schemaless_writer(stream, bare, generate_one(bare))
    return stream.getvalue()


def without_logic(schema):
    if isinstance(schema, dict):
        return {key: without_logic(value) for key, value in schema.items() if key != "logicalType"}
    return [without_logic(value) for value in schema] if isinstance(schema, list) else schema


@pytest.mark.parametrize("name", all_names())
def test_the_current_schema_is_the_last_one_frozen(name):
    """Whoever changes a schema freezes it, too: `python -m pipeline.codec.freeze`."""
    assert texts_of(name), f"{name} was never frozen"
    assert texts_of(name)[-1] == current_text(name)


def test_freezing_what_is_frozen_writes_nothing(tmp_path):
    """The command adds a version only where something changed."""
    assert freeze(tmp_path) == []


@pytest.mark.parametrize("name", VERSIONED)
def test_all_pairs_of_versions_obey_the_rule(name):
    """Inbound is BACKWARD_TRANSITIVE, outbound FULL_TRANSITIVE, over all pairs and not only neighbours."""
    assert breaks(history(name), full=direction_of(name) == "outbound") == []


@pytest.mark.parametrize("name", VERSIONED)
def test_what_any_version_wrote_is_read_by_all_that_must(name):
    """Bytes of each version, by a foreign writer, come out of each reader of the rule as fastavro has them."""
    versions = history(name)
    for (old, writer), (new, reader) in product(enumerate(versions), repeat=2):
        if new < old and direction_of(name) == "inbound":
            continue
        value = written(writer)
        theirs = fastavro.schemaless_reader(
            BytesIO(value), fastavro.parse_schema(without_logic(writer)), fastavro.parse_schema(without_logic(reader))
        )
        assert reader_of(writer, reader)(value, 0) == theirs


def changed(schema, change):
    schema = copy.deepcopy(schema)
    change({field["name"]: field for field in schema["fields"]}, schema)
    return schema


def remove(name):
    return lambda fields, schema: schema["fields"].remove(fields[name])


def add(**field):
    return lambda _, schema: schema["fields"].append(field)


def alter(name, /, **more):
    return lambda fields, _: fields[name].update(more)


def alter_nullable(**more):
    return lambda fields, _: fields["email" if "email" in fields else "other"].update(more)


FORBIDDEN = {
    "a new field without a default": add(name="extra", type="string"),
    "a changed type": alter("lead_id", type="long"),
    "a renamed field": alter("lead_id", name="lead"),
    "a branch taken from a union": alter_nullable(type="null", default=None),
    "another unit of time": lambda fields, _: fields["occurred_at" if "occurred_at" in fields else "as_of"].update(
        type={"type": "long", "logicalType": "timestamp-micros"}
    ),
    "a renamed record": lambda _, schema: schema.update(name="Somebody"),
}
ONLY_OUTBOUND = {
    "a required field removed": remove("lead_id"),
    "a branch added to a union": alter_nullable(type=["null", "string", "long"]),
    "a wider number": alter("lead_id", type=["string", "long"]),
}


@pytest.mark.parametrize(
    ("name", "what"),
    [(name, what) for name in OUTBOUND for what in FORBIDDEN | ONLY_OUTBOUND]
    + [("event", what) for what in ("a new field without a default", "another unit of time", "a renamed record")],
)
def test_a_change_that_breaks_readers_is_found(name, what):
    """Each of these as the next version is refused by the checker, and by the reader that it would break."""
    schema = current(name)
    newer = changed(schema, (FORBIDDEN | ONLY_OUTBOUND)[what])
    assert breaks([schema, newer], full=direction_of(name) == "outbound")
    refusals = 0
    for writer, reader in ((schema, newer), (newer, schema)):
        problems = incompatibilities(reader, writer)
        if problems:
            with pytest.raises(UnreadableError, match="does not fit ours"):
                reader_of(writer, reader)
            refusals += 1
    assert refusals


ALLOWED = {
    "a new field with a default": add(name="extra", type=["null", "string"], default=None),
    "an optional field removed": remove("account"),
    "another text of documentation": alter("account", doc="Whose"),
}


@pytest.mark.parametrize(("name", "what"), [*product(("event", "stage-change", "score"), ALLOWED)])
def test_a_change_that_breaks_nobody_is_allowed_and_read_in_both_directions(name, what):
    """Harmless changes pass the checker, and records really go from old to new and back."""
    schema = current(name)
    newer = changed(schema, ALLOWED[what])
    assert breaks([schema, newer], full=True) == []
    for writer, reader in ((schema, newer), (newer, schema)):
        row = reader_of(writer, reader)(written(writer), 0)
        assert set(row) == {field["name"] for field in reader["fields"]}


def test_numbers_are_promoted_and_defaults_are_put_in():
    """An int is read as a double where the reader has one, and a field that the writer lacks has its default."""
    old = {"type": "record", "name": "R", "fields": [{"name": "n", "type": "int"}]}
    writer = {"type": "record", "name": "R", "fields": [{"name": "n", "type": "long"}]}
    new = {
        "type": "record",
        "name": "R",
        "fields": [
            {"name": "n", "type": "double"},
            {"name": "tags", "type": {"type": "array", "items": "string"}, "default": ["x"]},
        ],
    }
    value = writer_of(writer, b"")({"n": 3})
    found = reader_of(old, new)(value, 0)
    assert found == {"n": 3.0, "tags": ["x"]}
    assert type(found["n"]) is float
