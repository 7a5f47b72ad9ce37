"""Titles under a tag that is a country and no language: nobody is ever told them in the language that is meant.

Any language may have titles, also those that Leadtide itself does not speak.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pipeline.models.findings import Path
from pipeline.models.lint.context import LintContext
from pipeline.models.lint.finding import LintFinding
from pipeline.scoring.model import Model

CODE = "unknown-language"
ABOUT = "a title under a tag that is a country, no language"

_MEANT = {
    "cn": "zh-CN",
    "chs": "zh-CN",
    "sc": "zh-CN",
    "prc": "zh-CN",
    "tw": "zh-TW",
    "cht": "zh-TW",
    "tc": "zh-TW",
    "hk": "zh-HK",
    "us": "en",
    "gb": "en-GB",
    "eng": "en",
    "jp": "ja",
    "kr": "ko",
}


def findings(model: Model, context: LintContext) -> Iterator[LintFinding]:
    """Each such tag."""
    del model
    for path, tag in _tags(context.data):
        meant = _MEANT.get(tag.casefold())
        if meant is not None:
            message = f"`{tag}` is not the tag of the language that is meant"
            yield context.finding(CODE, path, message, f"write `{meant}`", key=True)


def _tags(data: Any, path: Path = ()) -> Iterator[tuple[Path, str]]:
    """The languages of every `title` that is a map, with their paths."""
    if isinstance(data, list):
        for index, item in enumerate(data):
            yield from _tags(item, (*path, index))
    elif isinstance(data, dict):
        for key, value in data.items():
            inner = (*path, key)
            if key == "title" and isinstance(value, dict):
                yield from (((*inner, tag), tag) for tag in value)
            else:
                yield from _tags(value, inner)
