"""The option `--language` of commands that show titles, and what it means."""

from __future__ import annotations

from typing import Annotated

import typer

LanguageOption = Annotated[
    str | None,
    typer.Option("--language", metavar="TAG", help="Of titles and words: en, zh-CN, zh-TW. Else LEADTIDE_LANGUAGE."),
]


def chosen_language(tag: str | None) -> str:
    """The language asked for, else that of the settings. Raises InputError, with those that there are."""
    from pipeline.errors import InputError
    from pipeline.settings import load
    from pipeline.wording import negotiated

    if tag is None:
        return load().language
    try:
        return negotiated(tag)
    except ValueError as error:
        raise InputError(f"--language: {error}") from None
