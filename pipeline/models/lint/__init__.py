"""Lint: what loads and is most likely not meant. One file per kind in `kinds`, all of them in `registry`."""

from __future__ import annotations

from pipeline.models.document import read_document
from pipeline.models.lint import allowed
from pipeline.models.lint.context import LintContext
from pipeline.models.lint.finding import LintFinding
from pipeline.models.lint.registry import KINDS
from pipeline.models.loader import parse_model

__all__ = ["ABOUT", "LintFinding", "lint"]

ABOUT: dict[str, str] = {kind.CODE: kind.ABOUT for kind in KINDS} | {allowed.CODE: allowed.ABOUT}
"""Each kind's code and what it finds, in a line."""


def lint(text: str, name: str = "model") -> list[LintFinding]:
    """What is odd about a model, sorted by line; `name` is what findings call the file.

    Raises ModelFindings if it does not load at all: that comes first.
    """
    model = parse_model(text, name)
    root, _ = read_document(text, name)
    context = LintContext(root, name, model)
    found = {finding for kind in KINDS for finding in kind.findings(model, context)}
    return sorted(set(allowed.without_allowed(text, name, sorted(found), ABOUT)))
