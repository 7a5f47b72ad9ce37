"""Which of our languages a tag means: zh-HK is told in zh-TW, since both are written in traditional characters."""

from __future__ import annotations

from babel import Locale, UnknownLocaleError, negotiate_locale
from babel.core import get_global, parse_locale

DEFAULT_LANGUAGE = "en"
LANGUAGES = (DEFAULT_LANGUAGE, "zh-CN", "zh-TW")
"""The tags (BCP 47) under which the presets carry titles and the catalogues carry words."""

_BY_LOCALE = {"en": "en", "zh_Hans": "zh-CN", "zh_Hant": "zh-TW"}


def negotiated(tag: str) -> str:
    """The one of `LANGUAGES` that a tag such as zh_HK, zh-Hans or en-GB means.

    Raises ValueError, with the languages that there are, if it means none.
    """
    if tag in LANGUAGES:
        return tag
    name = tag.strip().replace("-", "_")
    try:
        locale, script = Locale.parse(name), parse_locale(name)[2]
    except (UnknownLocaleError, ValueError):
        found = None
    else:
        language = locale.language
        script = script or locale.script or _usual_script(language)
        found = negotiate_locale([f"{language}_{script}", language], _BY_LOCALE)
    if found is None:
        raise ValueError(f"{tag!r} is no language of Leadtide: there are {', '.join(LANGUAGES)}")
    return _BY_LOCALE[found]


def _usual_script(language: str) -> str | None:
    """In which script a language is written where nothing is said (CLDR, likely subtags): Hans for zh."""
    likely = get_global("likely_subtags").get(language)
    return None if likely is None else parse_locale(likely)[2]
