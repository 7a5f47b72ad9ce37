"""Whatever happens to a model's text, the answer is a model or findings."""

import re
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.models import Finding, ModelFindings, parse_model, read_model_text

SAMPLE = (Path(__file__).parent / "data" / "sample.yaml").read_text("utf-8")
PRESET = read_model_text("preset:standard-b2b")[0]
WORDS = st.sampled_from(
    [
        "all",
        "any",
        "not",
        "attribute",
        "exists",
        "count",
        "happened",
        "action",
        "gained",
        "due",
        "grade",
        "identified",
        "on",
        "when",
        "points",
        "in_list",
        "matches",
        "best_of",
        "frequency",
        "decay",
        "limit",
        "rules",
        "true",
        "null",
        "1",
        "-3",
        "1.5",
        "14d",
        "'x'",
        "{}",
        "[]",
        "[1]",
        "{a: 1}",
        "&a",
        "*a",
        "!!str",
        "|",
        ">",
        "---",
        ":",
        ",",
        "{",
        "}",
        "[",
        "]",
        '"',
        "'",
        "#",
        "@",
        "%",
        "~",
        "\t",
        "\n",
        " ",
    ]
)
SLOW = settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def findings_of(text):
    try:
        parse_model(text, "m.yaml")
    except ModelFindings as wrong:
        return wrong.findings
    return None


def check(text):
    findings = findings_of(text)
    assert findings != ()
    for finding in findings or ():
        assert isinstance(finding, Finding)
        assert 1 <= finding.line <= len(text.splitlines()) + 1
        assert finding.column >= 1
        assert finding.message
        assert finding.remedy


@SLOW
@given(st.data())
def test_text_cut_short_or_out_gives_findings_or_a_model(data):
    text = data.draw(st.sampled_from([SAMPLE, PRESET]))
    start = data.draw(st.integers(0, len(text)))
    check(text[:start] + text[start + data.draw(st.integers(0, 40)) :] if data.draw(st.booleans()) else text[:start])


@SLOW
@given(st.data())
def test_words_put_in_or_over_others_give_findings_or_a_model(data):
    text = data.draw(st.sampled_from([SAMPLE, PRESET]))
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(text)))
        text = text[:start] + data.draw(WORDS) + text[start + data.draw(st.integers(0, 12)) :]
    check(text)


@SLOW
@given(st.data())
def test_any_token_in_the_place_of_another_gives_findings_or_a_model(data):
    text = data.draw(st.sampled_from([SAMPLE, PRESET]))
    spans = [m.span() for m in re.finditer(r"[^\s{}\[\],:]+", text)]
    for start, end in sorted(
        data.draw(st.lists(st.sampled_from(spans), min_size=1, max_size=4, unique=True)), reverse=True
    ):
        text = text[:start] + data.draw(WORDS) + text[end:]
    check(text)


@SLOW
@given(st.text(max_size=200))
def test_any_text_gives_findings_or_a_model(text):
    check(text)
