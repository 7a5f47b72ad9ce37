"""Help that leads with examples."""

from __future__ import annotations

from inspect import cleandoc
from typing import TypedDict


class Help(TypedDict):
    """What a Typer command takes."""

    help: str
    short_help: str


def described(about: str, *examples: str) -> Help:
    """Help text: the first line of `about`, the examples, then the rest of `about` (paragraphs)."""
    line, _, rest = cleandoc(about).partition("\n\n")
    shown = "\n".join(f"  {example}" for example in examples)
    rest = "\n\n".join(" ".join(paragraph.split()) for paragraph in rest.split("\n\n"))
    return {"help": "\n\n".join(part for part in (line, f"\b\n{shown}", rest) if part), "short_help": line}
