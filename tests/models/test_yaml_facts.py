"""The file is YAML 1.2 by its core schema."""

import pytest

from pipeline.models import ModelFindings, parse_model
from pipeline.models.document import read_document
from pipeline.models.scalars import plain_value
from pipeline.scoring.conditions import Test

HEAD = "id: m\nversion: 1\n"


def data_of(text):
    return read_document(text, "m.yaml")[0].data()


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("true", True), ("false", False), ("yes", "yes"), ("no", "no"), ("NO", "NO"), ("on", "on"), ("off", "off"),
        ("y", "y"), ("2026-10-01", "2026-10-01"), ("09:30", "09:30"), ("12:30:45", "12:30:45"),
        ("2026-03-02T09:30:00Z", "2026-03-02T09:30:00Z"), ("null", None), ("~", None), ("", None), ("0o17", 15),
        ("017", 17), ("0x1F", 31), ("1_000", "1_000"), ("1e3", 1000.0), (".5", 0.5), ("-3", -3), ("+3", 3),
        ("0b11", "0b11"), ("190:20:30", "190:20:30"), ("1.", 1.0),
    ],
)  # fmt: skip
def test_plain_scalars_follow_the_core_schema(text, value):
    read = plain_value(text)
    assert read == value
    assert type(read) is type(value)


@pytest.mark.parametrize("text", [".inf", "-.INF", ".nan", "1e999", "9" * 301])
def test_numbers_that_are_not_finite_are_no_values(text):
    with pytest.raises(ValueError, match=r"number|digits"):
        plain_value(text)


def test_on_is_a_key_and_no_a_text():
    assert data_of("on: NO\nyes: off\n") == {"on": "NO", "yes": "off"}


def test_a_country_code_is_compared_as_text():
    model = parse_model(HEAD + "explicit: {rules: [{id: r, when: {country: NO}, points: 1}]}\n")
    assert model.explicit.rules[0].when == Test("country", "equals", "NO")


def test_quotes_make_text_and_keys_are_always_text():
    assert data_of("a: '1'\nb: \"true\"\n1: x\n1.50: y\n") == {"a": "1", "b": "true", "1": "x", "1.50": "y"}


def test_anchors_and_aliases_are_followed():
    assert data_of("a: &x {b: 1}\nc: *x\n") == {"a": {"b": 1}, "c": {"b": 1}}


def test_a_byte_order_mark_and_windows_line_ends_do_no_harm(tmp_path):
    from pipeline.models import load_model

    path = tmp_path / "m.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + HEAD.replace("\n", "\r\n").encode())
    assert load_model(path).id == "m"


def test_a_key_given_twice_is_told_at_any_depth():
    with pytest.raises(ModelFindings) as caught:
        parse_model(HEAD + "weights:\n  explicit: 1\n  explicit: 2\n")
    finding = caught.value.findings[0]
    assert (finding.line, finding.column, "line 4" in finding.message) == (5, 3, True)


@pytest.mark.parametrize(
    ("written", "version"), [("3", "3"), ("1.10", "1.10"), ("'7'", "7"), ("2026-10-01", "2026-10-01")]
)
def test_the_version_is_the_text_of_the_file(written, version):
    assert parse_model(f"id: m\nversion: {written}\n").version == version


@pytest.mark.parametrize("number", ["1e101", "-1e308", "1" * 101])
def test_a_number_whose_products_could_overflow_is_refused(number):
    """No model makes a score infinite: numbers beyond ±1e100 are findings."""
    with pytest.raises(ModelFindings):
        parse_model(f"id: m\nversion: 1\nweights: {{explicit: {number}}}\n", "m.yaml")
