"""docs/languages.md says what is so."""

import re
from pathlib import Path

from pipeline.wording import negotiated, words_of
from pipeline.wording.catalogue import catalogue_path

PAGE = (Path(__file__).parents[2] / "docs" / "languages.md").read_text()


def test_the_terms_of_the_page_are_those_of_the_catalogues():
    """Every term in the table of terms is used in the catalogue of its language."""
    (table,) = re.findall(r"\| \| `zh-CN` \| `zh-TW` \|\n\|---\|---\|---\|\n((?:\|.*\n)+)", PAGE)
    for row in table.splitlines():
        _, *columns = (cell.strip() for cell in row.strip("|").split("|"))
        for language, terms in zip(("zh-CN", "zh-TW"), columns, strict=True):
            for term in terms.split("、"):
                assert term in catalogue_path(language).read_text(), term


def test_the_example_for_code_runs():
    """The example's calls give words."""
    (example,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    names = {"words_of": words_of, "title": "商機"}
    first, *calls = example.strip().splitlines()
    exec(first, names)  # noqa: S102 - the text of our own page
    told = [eval(call, names) for call in calls]  # noqa: S307 - as above
    assert told == ["「商機」階段沒有潛在客戶", "潛在客戶"]


def test_the_tags_of_the_page_mean_what_it_says():
    """Each tag that the page names leads to the language that it names."""
    (section,) = re.findall(r"## Which language a tag means\n(.*?)\n##", PAGE, re.DOTALL)
    said = re.findall(r"((?:`[\w-]+`(?:, | and )?)+) means? `([\w-]+)`", " ".join(section.split()))
    assert len(said) == 3
    for tags, language in said:
        for tag in re.findall(r"`([\w-]+)`", tags):
            assert negotiated(tag) == language
