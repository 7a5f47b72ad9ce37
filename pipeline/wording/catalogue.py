"""The words of one language, out of its gettext catalogue `locales/<locale>/LC_MESSAGES/leadtide.po`.

A message is its own English text, so English needs no catalogue. Codes that people see (causes, reasons) are messages,
too, with a context: in English the code itself stands. `make wording` takes new messages over into the catalogues.
"""

from __future__ import annotations

from functools import cache
from gettext import NullTranslations
from io import BytesIO
from pathlib import Path
from typing import TypeAlias

from pipeline.wording.languages import DEFAULT_LANGUAGE

Words: TypeAlias = NullTranslations
"""`gettext("text")`, and `pgettext("context", "text")` where one English text has several meanings.

Call them by these names, with literals, outside of f-strings: that is how extraction finds the messages.
"""

LOCALES = Path(__file__).with_name("locales")


def catalogue_path(language: str) -> Path:
    """Where the catalogue of a language (a tag such as zh-CN) lies."""
    return LOCALES / language.replace("-", "_") / "LC_MESSAGES" / "leadtide.po"


@cache
def words_of(language: str) -> Words:
    """The words of one of `LANGUAGES`; a message without translation stays English.

    The catalogues are compiled as they are read, which takes a few ms, so that no compiled file can be out of date.
    """
    if language == DEFAULT_LANGUAGE:
        return NullTranslations()
    # Babel's readers are loaded only where they are needed, since most processes speak English.
    from babel.messages.mofile import write_mo  # noqa: PLC0415
    from babel.messages.pofile import read_po  # noqa: PLC0415
    from babel.support import Translations  # noqa: PLC0415

    compiled = BytesIO()
    with catalogue_path(language).open("rb") as source:
        write_mo(compiled, read_po(source, locale=language.replace("-", "_"), domain="leadtide"))
    compiled.seek(0)
    return Translations(compiled, domain="leadtide")
