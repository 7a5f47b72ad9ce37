"""`schemas/asyncapi.yaml` is AsyncAPI 3.1, and says what the code does."""

import copy
import json
from importlib.resources import files
from pathlib import Path

import pytest
from jsonschema import Draft7Validator
from ruamel.yaml import YAML

from pipeline.codec.schemas import current
from pipeline.engine.activating import ModelChange
from pipeline.settings import RetentionSettings
from pipeline.streaming.rescore import pack_change, pack_tick
from pipeline.topics import CATALOGUE, Role

ASYNCAPI = json.loads((Path(__file__).parent / "asyncapi" / "3.1.0.json").read_text(encoding="utf-8"))
DOCUMENT = YAML(typ="safe").load((files("schemas") / "asyncapi.yaml").read_text(encoding="utf-8"))
CHANNELS = {channel["address"]: (name, channel) for name, channel in DOCUMENT["channels"].items()}
SCHEMAS = DOCUMENT["components"]["schemas"]


def problems(document):
    """What AsyncAPI's own schema finds wrong."""
    return [error.message for error in Draft7Validator(ASYNCAPI).iter_errors(document)]


def refs(node):
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "$ref":
                yield value
            else:
                yield from refs(value)
    elif isinstance(node, list):
        for value in node:
            yield from refs(value)


def resolved(ref):
    node = DOCUMENT
    for part in ref.removeprefix("#/").split("/"):
        node = node[part]
    return node


def validator(name):
    """Of one of the JSON Schemas under components."""
    return Draft7Validator({"$ref": f"#/components/schemas/{name}", "components": {"schemas": SCHEMAS}})


def test_it_is_valid():
    """AsyncAPI's JSON Schema of 3.1.0 takes the document."""
    assert DOCUMENT["asyncapi"] == "3.1.0"
    assert problems(DOCUMENT) == []


BREAKS = {
    "no version": lambda document: document.pop("asyncapi"),
    "an unknown action": lambda document: document["operations"]["sendScores"].update(action="publish"),
    "a channel of 2.x": lambda document: document["channels"]["scores"].update(publish={}),
    "a policy that Kafka lacks": lambda document: document["components"]["channelBindings"]["scores"]["kafka"][
        "topicConfiguration"
    ].update({"cleanup.policy": ["shrink"]}),
    "a server without protocol": lambda document: document["servers"]["kafka"].pop("protocol"),
}


@pytest.mark.parametrize("name", BREAKS)
def test_a_broken_one_is_not(name):
    """The validation finds what is wrong."""
    broken = copy.deepcopy(DOCUMENT)
    BREAKS[name](broken)
    assert problems(broken)


def test_every_topic_is_a_channel_and_nothing_else_is():
    """Addresses are those of the catalogue, none missing, none too many."""
    assert sorted(channel["address"] for channel in DOCUMENT["channels"].values()) == sorted(t.name for t in CATALOGUE)


@pytest.mark.parametrize("topic", CATALOGUE, ids=lambda topic: topic.name)
def test_a_channel_says_how_its_topic_is_set_up(topic):
    """Policies, sizes, timestamps and default retention are those of `leadtide topics create`."""
    configuration = resolved(CHANNELS[topic.name][1]["bindings"]["$ref"])["kafka"]["topicConfiguration"]
    said = {name: value[0] if isinstance(value, list) else str(value) for name, value in configuration.items()}
    assert said == topic.configs(RetentionSettings())


@pytest.mark.parametrize("topic", CATALOGUE, ids=lambda topic: topic.name)
def test_a_channel_is_used_as_its_role_says(topic):
    """Inputs are received, outputs sent, what Leadtide tells itself and dead letters both."""
    ref = f"#/channels/{CHANNELS[topic.name][0]}"
    actions = {each["action"] for each in DOCUMENT["operations"].values() if each["channel"]["$ref"] == ref}
    assert actions == {Role.INPUT: {"receive"}, Role.OUTPUT: {"send"}}.get(topic.role, {"send", "receive"})


def test_every_reference_leads_somewhere():
    """References inside the document have their target, the others a file."""
    found = set(refs(DOCUMENT))
    for ref in found:
        if ref.startswith("#/"):
            assert resolved(ref) is not None
        else:
            assert (files("schemas") / ref).is_file(), ref
    directions = {"inbound/event", "internal/activity", "outbound/stage-change", "outbound/score", "outbound/signal"}
    assert {ref for ref in found if not ref.startswith("#")} == {f"./{path}.avsc" for path in directions}


@pytest.mark.parametrize(
    ("schema", "record"),
    [("Event", "event"), ("StageChange", "stage-change"), ("Score", "score"), ("Signal", "signal")],
)
def test_json_has_the_fields_of_avro(schema, record):
    """Whatever the form, a record has the same fields."""
    assert set(SCHEMAS[schema]["properties"]) == {field["name"] for field in current(record)["fields"]}


def test_records_of_the_rescore_topic_are_as_described():
    """What the code packs for it fits, and each kind only its own description."""
    tick = json.loads(pack_tick(1_772_400_000_000))
    change = json.loads(pack_change(ModelChange("c-1", 1_772_400_000_000, "id: m", "d", {"a": "b"})))
    assert validator("Tick").is_valid(tick)
    assert validator("ModelChange").is_valid(change)
    assert not validator("Tick").is_valid(change)
    assert not validator("ModelChange").is_valid(tick)
