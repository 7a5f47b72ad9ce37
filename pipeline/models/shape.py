"""The model's shape against the JSON Schema, told in words: which key, what it should be, an example."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from pipeline.models.durations import parse_duration
from pipeline.models.findings import Path
from pipeline.models.hints import did_you_mean, near
from pipeline.models.schema import resolve, schema, validator


@dataclass(frozen=True, slots=True)
class Flaw:
    """A place whose shape is wrong; `at_key`: the key is what is wrong, not its value."""

    path: Path
    message: str
    remedy: str
    at_key: bool = False


@dataclass(slots=True)
class _Around:
    """What the schema says of the value at hand: an example, its kinds, its definition, its enclosing properties."""

    examples: list[Any] = field(default_factory=list)
    kinds: list[str] = field(default_factory=list)
    definition: str = ""


_KINDS = {
    "string": "text",
    "number": "a number",
    "integer": "a whole number",
    "object": "a map (`key: value`)",
    "array": "a list",
    "boolean": "true or false",
    "null": "nothing",
}
_WITHOUT_EXAMPLE = "write it as the schema says: leadtide model schema"
_PATTERNS = {
    "id": ("holds a space, a comma or a bracket", "write a short name such as `pricing-page`"),
    "grade": ("is no grade", "write a letter and a digit, such as `A1`"),
    "stages": ("is no name for a stage", "write a short name without spaces, commas and brackets"),
    "calendars": ("is no name for a calendar", "write a short name without spaces, such as `office`"),
    "scores": ("is no name for a score", "write a short name without spaces, such as `product-b`"),
    "roles": ("is no name for a role", "write a short name without spaces, such as `decider`"),
    "title": ("is no language tag", "write `en`, `zh-CN` or `zh-TW`"),
    "explicit": ("is no letter from A to Y", "write `{A: 75, B: 50, C: 25}`"),
    "implicit": ("is no digit from 1 to 8", "write `{1: 75, 2: 50, 3: 25}`"),
    "email_domains": ("is no domain", "write the part after the @, such as `acme.example`"),
}


def flaws_of(data: Any) -> list[Flaw]:
    """All places at which `data` does not have the shape of a model."""
    found = [flaw for error in validator().iter_errors(data) for flaw in _flaws(error)]
    return list(dict.fromkeys(found))


def label(path: Path) -> str:
    """How a message names the value at `path`: its key, or its number in the list."""
    if not path:
        return "the model"
    if isinstance(path[-1], str):
        return f"`{path[-1]}`"
    above = next((f" of `{step}`" for step in reversed(path) if isinstance(step, str)), "")
    return f"item {path[-1] + 1}{above}"


def in_yaml(value: Any) -> str:
    """A value as one would write it in the file, in flow style."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{k}: {in_yaml(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(in_yaml(v) for v in value) + "]"
    if isinstance(value, str):
        plain = value and not set(value) & set("\\'\"{}[],:#&*!|>%@`") and value[0] not in "-? "
        return value if plain else "'" + value.replace("'", "''") + "'"
    return json.dumps(value)


def _around(error: Any) -> _Around:
    node: Any = schema()
    around = _Around()
    steps = list(error.absolute_schema_path)[:-1]
    for index, step in enumerate(steps):
        if step == "else" and isinstance(node, dict) and "type" in node.get("if", {}):
            around.kinds.append(node["if"]["type"])
        is_child = step in ("items", "additionalProperties") or (index > 0 and steps[index - 1] == "properties")
        node = node[step]
        if is_child:
            around = _Around()
        while isinstance(node, dict):
            if "examples" in node and not around.examples:
                around.examples = node["examples"]
            if "$ref" not in node:
                break
            around.definition = node["$ref"].rpartition("/")[2]
            node = resolve(node["$ref"])
    return around


def _example(around: _Around) -> str:
    return f"write for example `{in_yaml(around.examples[0])}`" if around.examples else _WITHOUT_EXAMPLE


def _flaws(error: Any) -> Iterator[Flaw]:
    path: Path = tuple(error.absolute_path)
    around = _around(error)
    if "propertyNames" in error.absolute_schema_path:
        message, remedy = _PATTERNS.get(str(path[-1]) if path else "", ("is no name", "write a short name"))
        if path and path[-1] not in _PATTERNS:
            message, remedy = _PATTERNS["title"]
        yield Flaw((*path, str(error.instance)), f"`{error.instance}` {message}", remedy, at_key=True)
    elif error.validator == "not":
        yield _misplaced(path)
    elif error.validator in _SAYINGS:
        yield from _SAYINGS[str(error.validator)](error, path, around)
    else:
        yield Flaw(path, f"{label(path)} cannot be used", _example(around))


def _misplaced(path: Path) -> Flaw:
    word = path[-1]
    remedy = f"use it in `lifecycle`; for a value of this name write `{{attribute: {{{word}: …}}}}`"
    return Flaw(
        path, f"the condition `{word}` asks about a lead's history or scores, which rules cannot", remedy, at_key=True
    )


def _wrong_type(error: Any, path: Path, around: _Around) -> Iterator[Flaw]:
    expected = error.validator_value if isinstance(error.validator_value, list) else [error.validator_value]
    kinds = list(dict.fromkeys([*around.kinds, *expected]))
    value = error.instance
    remedy = _example(around)
    if {"number", "integer"} & set(kinds) and isinstance(value, str) and _is_number(value):
        remedy = f"write the number without quotes: `{value.strip()}`"
    elif around.definition == "duration" and isinstance(value, (int, float)) and not isinstance(value, bool):
        remedy = f"say the unit: `{value}s`, `{value}m`, `{value}h` or `{value}d`"
    elif "string" in kinds and isinstance(value, (bool, int, float)) and around.definition != "types":
        remedy = f"put it in quotes if you mean this: `'{in_yaml(value)}'`" + f", else {remedy}"
    elif around.definition in ("test", "scalar") and isinstance(value, list):
        remedy = "for one of several values write `{in: [a, b]}`"
    if "null" in kinds and len(kinds) > 1:
        kinds.remove("null")
    what = " or ".join(_KINDS[k] for k in kinds)
    yield Flaw(path, f"{label(path)} must be {what}, not {_named(value)}", remedy)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _named(value: Any) -> str:
    if value is None:
        return "empty"
    if isinstance(value, bool):
        return f"`{in_yaml(value)}`"
    if isinstance(value, (int, float)):
        return f"the number {value if len(str(value)) < 30 else str(value)[:30] + '…'}"
    if isinstance(value, str):
        return f"the text `{value[:40]}`"
    return "a list" if isinstance(value, list) else "a map"


def _unknown_keys(error: Any, path: Path, _around: _Around) -> Iterator[Flaw]:
    known = list(error.schema["properties"])
    for key in error.instance:
        if key in known:
            continue
        if key == "true" and "on" in known:
            yield Flaw((*path, key), "`true` is what YAML 1.1 tools make of the key `on`", "write `on:`", at_key=True)
            continue
        remedy = did_you_mean(key, known, f"allowed here: {', '.join(known)}")
        yield Flaw((*path, key), f"`{key}` means nothing here", remedy, at_key=True)


def _missing(error: Any, path: Path, _around: _Around) -> Iterator[Flaw]:
    known = error.schema.get("properties", {})
    unknown = [key for key in error.instance if key not in known]
    for key in error.validator_value:
        if key in error.instance or (known and any(near(other, known) == key for other in unknown)):
            continue
        wanted = known.get(key, {})
        examples = wanted.get("examples") or (resolve(wanted["$ref"]).get("examples") if "$ref" in wanted else None)
        if key == "id" and (not path or not examples):
            examples = ["pricing" if path else "my-model"]
        remedy = f"write for example `{key}: {in_yaml(examples[0])}`" if examples else f"write `{key}: …`"
        yield Flaw(path, f"`{key}` is missing{_of(path)}", remedy)


def _of(path: Path) -> str:
    return f" in {label(path)}" if path else ""


def _not_among(error: Any, path: Path, around: _Around) -> Iterator[Flaw]:
    value = error.instance
    if error.validator == "enum":
        known = [str(v) for v in error.validator_value]
        yield Flaw(path, f"{label(path)} cannot be {_named(value)}", did_you_mean(str(value), known))
    elif error.validator_value == "identified":
        remedy = "the only bare word is `identified`; for an attribute write `{exists: name}`"
        yield Flaw(path, f"{_named(value)} is no condition".removeprefix("the text "), remedy)
    else:
        word = error.validator_value
        remedy = (
            f"write `{word}`, or a map such as `{in_yaml(next(e for e in around.examples if isinstance(e, dict)))}`"
        )
        yield Flaw(path, f"{label(path)} cannot be {_named(value)}", remedy)


def _pattern(error: Any, path: Path, around: _Around) -> Iterator[Flaw]:
    value = str(error.instance)
    if around.definition == "duration":
        try:
            parse_duration(value)
        except ValueError as told:
            message, remedy = told.args
            yield Flaw(path, f"{label(path)}: {message}", remedy)
            return
    name = around.definition if around.definition in _PATTERNS else str(path[-2] if len(path) > 1 else "")
    message, remedy = _PATTERNS.get(name, ("is not allowed", _example(around)))
    yield Flaw(path, f"`{value[:40]}` {message}", remedy)


def _size(error: Any, path: Path, around: _Around) -> Iterator[Flaw]:
    wanted, word = error.validator_value, str(error.validator)
    schema_here = error.schema
    if word == "maxProperties":
        said = f"{label(path)} says {len(error.instance)} things, and can only say one"
        yield Flaw(path, said, f"keep one of {', '.join(error.instance)}")
    elif word in ("minItems", "maxItems") and schema_here.get("minItems") == schema_here.get("maxItems"):
        yield Flaw(path, f"{label(path)} must have {wanted} values, not {len(error.instance)}", _example(around))
    elif word == "minimum":
        yield Flaw(path, f"{label(path)} must be {wanted} or more, not {error.instance}", _example(around))
    elif word == "maxLength":
        yield Flaw(path, f"{label(path)} is longer than {wanted} characters", "write a shorter one")
    else:
        yield Flaw(path, f"{label(path)} is empty", _example(around))


_SAYINGS: dict[str, Callable[[Any, Path, _Around], Iterator[Flaw]]] = {
    "type": _wrong_type,
    "additionalProperties": _unknown_keys,
    "required": _missing,
    "enum": _not_among,
    "const": _not_among,
    "pattern": _pattern,
    **dict.fromkeys(
        ("minProperties", "maxProperties", "minItems", "maxItems", "minimum", "minLength", "maxLength"), _size
    ),
}
