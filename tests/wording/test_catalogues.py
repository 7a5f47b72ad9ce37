"""The catalogues hold what the code says, all of it translated, with the same placeholders."""

import ast
import json
import re
import string
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

import pipeline
from pipeline.wording import DEFAULT_LANGUAGE, LANGUAGES, codes, words_of
from pipeline.wording.catalogue import catalogue_path

CODE = Path(pipeline.__file__).parent
TRANSLATED = [language for language in LANGUAGES if language != DEFAULT_LANGUAGE]


def extracted():
    """(context, text) of every message that Babel finds in the code, as `make wording` does."""
    found = extract_from_dir(CODE, [("**.py", "python")])
    return {(context, text) for _, _, text, _, context in found}


def called():
    """(context, text) of every call for a message, as Python itself reads the code; None where it is no literal."""
    for path in CODE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_bytes())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                values = [arg.value if isinstance(arg, ast.Constant) else None for arg in node.args]
                if node.func.attr == "gettext":
                    yield (None, *values)
                elif node.func.attr == "pgettext":
                    yield tuple(values)


def catalogue(language):
    """The messages of a language's catalogue, the header left out."""
    with catalogue_path(language).open("rb") as source:
        read = read_po(source, locale=language.replace("-", "_"), abort_invalid=True)
    return [message for message in read if message.id], read.obsolete


def placeholders(text):
    """The names in braces."""
    return sorted(name for _, name, _, _ in string.Formatter().parse(text) if name is not None)


def test_extraction_finds_every_message():
    """No message hides from Babel, in an f-string or behind a variable."""
    assert set(called()) == extracted()
    assert len(extracted()) > 40


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_catalogue_holds_the_messages_of_the_code_and_no_others(language):
    """After a change of a message `make wording` was run."""
    messages, obsolete = catalogue(language)
    assert {(message.context, message.id) for message in messages} == extracted()
    assert not obsolete


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_message_is_translated(language):
    """No message is empty or only guessed (fuzzy)."""
    for message in catalogue(language)[0]:
        assert message.string.strip(), message.id
        assert not message.fuzzy, message.id


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_translation_keeps_the_placeholders(language):
    """What is put into the English text is put into the translation, too, each once."""
    for message in catalogue(language)[0]:
        assert placeholders(message.string) == placeholders(message.id), message.id


@pytest.mark.parametrize("language", TRANSLATED)
def test_the_words_are_those_of_the_catalogue(language):
    """What is told is what the catalogue says, with the context that tells two meanings apart."""
    words = words_of(language)
    for message in catalogue(language)[0]:
        told = words.gettext(message.id) if message.context is None else words.pgettext(message.context, message.id)
        assert told == message.string


def test_the_chinese_languages_are_two():
    """Mainland and Taiwan differ in characters and in terms."""
    mainland, taiwan = ({(m.context, m.id): m.string for m in catalogue(language)[0]} for language in TRANSLATED)
    assert mainland["column", "lead"] == "线索"
    assert taiwan["column", "lead"] == "潛在客戶"
    assert mainland["not paid", "bot: crawler"] == "机器人：网络爬虫"
    assert taiwan["not paid", "bot: crawler"] == "機器人：網路爬蟲"


def test_no_character_is_of_the_other_script():
    """A simplified character in the Taiwanese catalogue is a slip, and the other way round."""
    mainland, taiwan = ("".join(m.string for m in catalogue(language)[0]) for language in TRANSLATED)
    assert not set(mainland) & set("階線潛戶條則評轉應筆陣動臺網號從時間續態")
    assert not set(taiwan) & set("阶线潜户条则评转应笔动网号从时间续态规")


def test_english_is_what_the_code_says():
    """English needs no catalogue: a message is its own text, a code is shown as the code."""
    words = words_of("en")
    assert words.gettext("no leads") == "no leads"
    assert words.pgettext("cause", "model_change") == "model_change"


def test_every_cause_of_the_contract_has_words():
    """The causes that the schema of stage changes lists are those that are told in words."""
    schema = json.loads((CODE.parent / "schemas" / "outbound" / "stage-change.avsc").read_bytes())
    (said,) = (field["doc"] for field in schema["fields"] if field["name"] == "cause")
    assert set(re.split(r", | or ", said)) == set(codes.causes(words_of("en")))


def test_a_code_is_its_own_english():
    """In English each table tells the code itself, so that nobody has to look a code up."""
    for table in (codes.categories, codes.causes, codes.trends, codes.reasons_not_paid):
        told = table(words_of("en"))
        assert told == {code: code for code in told}
