"""Which language a tag means, in the settings and on the command line."""

import pytest

from pipeline.errors import InputError
from pipeline.settings import Settings, load
from pipeline.wording import LANGUAGES, negotiated


@pytest.mark.parametrize(
    ("tag", "language"),
    [
        *((tag, tag) for tag in LANGUAGES),
        ("en-GB", "en"),
        ("en_US", "en"),
        ("EN", "en"),
        ("zh", "zh-CN"),
        ("zh_CN", "zh-CN"),
        ("ZH-cn", "zh-CN"),
        ("zh-Hans", "zh-CN"),
        ("zh-SG", "zh-CN"),
        ("zh_CN.UTF-8", "zh-CN"),
        ("zh_TW", "zh-TW"),
        ("zh_HK", "zh-TW"),
        ("zh-MO", "zh-TW"),
        ("zh-Hant", "zh-TW"),
        ("zh-Hant-CN", "zh-TW"),
        ("zh-Hans-HK", "zh-CN"),
    ],
)
def test_a_tag_means_the_language_of_its_script(tag, language):
    """Region and script lead to the catalogue whose characters the reader knows."""
    assert negotiated(tag) == language


@pytest.mark.parametrize("tag", ["de", "ja", "xx", "zh-Latn", "", " ", "C", "chinese", "zh-", "zh--TW"])
def test_an_unknown_language_is_refused_with_the_known_ones(tag):
    """The reader is told what there is to choose from."""
    with pytest.raises(ValueError, match="en, zh-CN, zh-TW"):
        negotiated(tag)


def test_the_setting_is_negotiated(monkeypatch):
    """LEADTIDE_LANGUAGE takes any tag of a language that there is; English is the default."""
    assert Settings().language == "en"
    monkeypatch.setenv("LEADTIDE_LANGUAGE", "zh_HK")
    assert load(env_file=None).language == "zh-TW"


def test_an_unknown_language_in_the_settings_names_its_variable(monkeypatch):
    """The error says which variable, which value, and what there is."""
    monkeypatch.setenv("LEADTIDE_LANGUAGE", "fr")
    with pytest.raises(InputError, match=r"LEADTIDE_LANGUAGE: 'fr' .* en, zh-CN, zh-TW"):
        load(env_file=None)
