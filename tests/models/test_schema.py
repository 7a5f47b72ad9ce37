"""The published schema is one, and the loader and the schema agree."""

import json
from pathlib import Path

import pytest
from jsonschema import Draft7Validator
from ruamel.yaml import YAML

from pipeline.models import ModelFindings, load_model, parse_model, preset_names, read_model_text, schema_text
from pipeline.models.document import read_document
from pipeline.models.schema import schema

DATA = Path(__file__).parent / "data"
MISTAKES = YAML(typ="safe", pure=True).load((DATA / "mistakes.yaml").read_text("utf-8"))


def fits(text):
    return Draft7Validator(schema()).is_valid(read_document(text, "m")[0].data())


def test_the_schema_is_draft_07():
    Draft7Validator.check_schema(schema())
    assert schema()["$schema"] == "http://json-schema.org/draft-07/schema#"
    assert json.loads(schema_text()) == schema()


def test_every_key_of_the_schema_is_described():
    def undescribed(definition):
        return [
            k
            for k, v in definition.get("properties", {}).items()
            if "description" not in v and "$ref" not in v and "allOf" not in v
        ]

    everything = {"top": schema(), **schema()["definitions"]}
    assert {name: undescribed(d) for name, d in everything.items() if undescribed(d)} == {}


@pytest.mark.parametrize("ref", [f"preset:{name}" for name in preset_names()] + [str(DATA / "sample.yaml")])
def test_presets_and_the_sample_fit_the_schema_and_load(ref):
    assert fits(read_model_text(ref)[0])
    assert load_model(ref)


@pytest.mark.parametrize("name", preset_names())
def test_presets_hold_nothing_that_is_not_acted_on(name):
    assert load_model(f"preset:{name}").warnings == ()


def test_what_the_schema_refuses_the_loader_refuses_too():
    refused = 0
    for mistake in MISTAKES:
        text = mistake["model"] if mistake.get("whole") else "id: m\nversion: 1\n" + mistake["model"]
        try:
            fitting = fits(text)
        except ModelFindings:
            continue
        refused += not fitting
        with pytest.raises(ModelFindings):
            parse_model(text)
    assert refused > 50
