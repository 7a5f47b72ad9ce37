"""The pages of docs/models say what the presets are and what their samples come to."""

import json
import re

import pytest

from pipeline.models.loader import load_model
from tests.presets.pages import refreshed
from tests.presets.stories import NAMES, PAGES, sample


def page(name):
    """The text of a preset's page."""
    return (PAGES / f"{name}.md").read_text()


@pytest.mark.parametrize("name", NAMES)
def test_what_a_page_prints_is_what_the_commands_print(name):
    """Picture and output of the page are made from the preset and its sample, and are up to date."""
    text = page(name)
    assert (text.count("<!-- picture -->"), text.count("<!-- output -->")) == (1, 1)
    assert refreshed(name, text) == text, "run: python -m tests.presets.pages"


@pytest.mark.parametrize("name", NAMES)
def test_a_page_names_every_stage(name):
    """Every stage has its place in the words of the page, by its id."""
    words = re.sub(r"```.*?```", "", page(name), flags=re.DOTALL)
    model = load_model(f"preset:{name}")
    assert [stage.id for stage in model.lifecycle.stages if f"`{stage.id}`" not in words] == []


@pytest.mark.parametrize("name", NAMES)
def test_a_page_tells_the_story_of_everybody_in_the_sample(name):
    """Everybody who does something in the sample is named in the words of the page."""
    words = re.sub(r"```.*?```", "", page(name), flags=re.DOTALL)
    ids = (json.loads(line)["event_id"] for line in sample(name).read_text().splitlines())
    persons = {event_id.rpartition("-")[0].capitalize() for event_id in ids}
    assert sorted(person for person in persons if f"**{person}**" not in words) == []


def test_the_index_leads_to_every_page():
    """docs/models/README.md names every preset and links its page."""
    index = (PAGES / "README.md").read_text()
    assert [name for name in NAMES if f"[{name}]({name}.md)" not in index] == []
