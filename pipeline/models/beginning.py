"""Beginning a model of one's own: which presets there are, and the copy of one under a new id."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pipeline.models.document import Node, read_document
from pipeline.models.loader import PRESET, load_model, preset_names, read_model_text
from pipeline.scoring.model import Model

SCHEMA_FILE = "scoring-model.schema.json"
"""The name under which the JSON Schema lies beside a model."""

_MODELINE = "# yaml-language-server: $schema="
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}", re.ASCII)
_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9._-]*", re.ASCII)
_WORDS = frozenset({"true", "false", "null", "True", "False", "Null", "TRUE", "FALSE", "NULL"})
_SCALAR = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"\\]|\\.)*\"|[^\s,}#]+")


@dataclass(frozen=True, slots=True)
class Preset:
    """A model that ships with the project; `about` is the first line of its own comment."""

    name: str
    about: str
    model: Model


def presets() -> list[Preset]:
    """Every preset, by name."""
    return [Preset(name, _about(name), load_model(PRESET + name)) for name in preset_names()]


def _about(name: str) -> str:
    text, _ = read_model_text(PRESET + name)
    head = f"# {name}: "
    return next((line.removeprefix(head) for line in text.splitlines() if line.startswith(head)), "")


def is_name(name: str) -> bool:
    """Whether a new model may have this id: letters, digits, `.`, `_` and `-`, no more than 100."""
    return _NAME.fullmatch(name) is not None


def begin(ref: str, name: str) -> str:
    """The text of the model `ref` as version 1 of a new model `name`; comments and order are kept.

    Its first line names the schema as a file beside it. Raises ModelFindings if `ref` cannot be loaded.
    """
    model, (text, _) = load_model(ref), read_model_text(ref)
    root, _ = read_document(text, ref)
    quoted = name if _PLAIN.fullmatch(name) and name not in _WORDS else f"'{name}'"
    lines = text.splitlines(keepends=True)
    for key, value in (("version", "1"), ("id", quoted)):
        _put(lines, root.at((key,)), value)
    if lines[0].startswith(_MODELINE):
        del lines[0]
    origin = f"# {name}: begun from {ref}, version {model.version}, whose comments follow.\n"
    return "".join([f"{_MODELINE}./{SCHEMA_FILE}\n", "#\n", origin, *lines])


def _put(lines: list[str], node: Node, value: str) -> None:
    """Another scalar in the place of the node's."""
    line = lines[node.line - 1]
    found = _SCALAR.match(line, node.column - 1)
    if found is not None:
        lines[node.line - 1] = line[: found.start()] + value + line[found.end() :]
