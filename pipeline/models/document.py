"""A YAML text as a tree of nodes that know their line and column.

Read from the parser's events, so that keys keep their places and are always text, values follow the core schema of
YAML 1.2, a key given twice is found, and aliases cannot blow up: at most 1 MiB, 64 levels, 100,000 nodes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError, YAMLStreamError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from pipeline.models.findings import Finding, Path, UnreadableModel
from pipeline.models.scalars import Plain, plain_value
from pipeline.models.syntax import explain

MOST_BYTES = 1 << 20
MOST_LEVELS = 64
MOST_NODES = 100_000

_CORE = "tag:yaml.org,2002:"
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x84\x86-\x9f]")
"""Tab, line feed and next line are spaces of a kind."""
_ESCAPES = {"\x08": r"\b", "\x00": r"\0", "\x07": r"\a", "\x0b": r"\v", "\x0c": r"\f", "\x0d": r"\r", "\x1b": r"\e"}


@dataclass(slots=True)
class Node:
    """A value and its place (from 1). `value`: scalar, list of nodes, or map of key → node; `raw` a scalar's text."""

    line: int
    column: int
    value: Plain | list[Node] | dict[str, Node] = None
    raw: str = ""
    keys: dict[str, tuple[int, int]] = field(default_factory=dict)
    size: int = 1
    height: int = 1

    def at(self, path: Path) -> Node:
        """The node at `path`, or the nearest one above it that exists."""
        node = self
        for step in path:
            inner: Node | None = None
            if isinstance(node.value, dict) and isinstance(step, str):
                inner = node.value.get(step)
            elif isinstance(node.value, list) and isinstance(step, int) and 0 <= step < len(node.value):
                inner = node.value[step]
            if inner is None:
                break
            node = inner
        return node

    def place(self, path: Path, *, key: bool = False) -> tuple[int, int]:
        """Line and column of the value at `path`, or with `key` of its key."""
        if key and path:
            above = self.at(path[:-1])
            if path[-1] in above.keys:
                return above.keys[str(path[-1])]
        node = self.at(path)
        return node.line, node.column

    def data(self) -> Any:
        """The plain value: dicts with text keys, lists, scalars."""
        if isinstance(self.value, dict):
            return {key: node.data() for key, node in self.value.items()}
        if isinstance(self.value, list):
            return [node.data() for node in self.value]
        return self.value


def read_document(text: str, file: str) -> tuple[Node, list[Finding]]:
    """The document's tree, and what is wrong with it that does not stop the reading (keys given twice, odd tags).

    Raises UnreadableModel if the text is too large, no YAML, empty, or several documents.
    """
    if len(text.encode("utf-8", "surrogatepass")) > MOST_BYTES:
        raise UnreadableModel([Finding(1, 1, "the file is larger than 1 MiB", "split the model", file)])
    return _Reader(text, file).read()


class _Reader:
    def __init__(self, text: str, file: str) -> None:
        self.file = file
        self.findings: list[Finding] = []
        self.anchors: dict[str, Node | None] = {}
        self.nodes = 0
        self.events = self._events(text)

    def _events(self, text: str) -> Iterator[Event]:
        try:
            yield from YAML(typ="safe", pure=True).parse(text)
        except (YAMLError, MarkedYAMLError, YAMLStreamError) as error:
            raise UnreadableModel([*self.findings, explain(error, text, self.file)]) from None
        except UnreadableModel:
            raise
        except Exception as error:  # noqa: BLE001 - see below
            # The parser lets slip whatever a mangled text makes int(), chr() and its own states raise.
            raise UnreadableModel([*self.findings, explain(error, text, self.file)]) from None

    def _say(self, event: Event, message: str, remedy: str) -> None:
        line, column = event.start_mark.line + 1, event.start_mark.column + 1
        self.findings.append(Finding(line, column, message, remedy, self.file))

    def _stop(self, event: Event, message: str, remedy: str) -> UnreadableModel:
        self._say(event, message, remedy)
        return UnreadableModel(self.findings)

    def read(self) -> tuple[Node, list[Finding]]:
        root: Node | None = None
        for event in self.events:
            if isinstance(event, DocumentStartEvent):
                if root is not None:
                    raise self._stop(event, "a second document begins here", "keep one model in a file, without `---`")
            elif isinstance(event, (ScalarEvent, MappingStartEvent, SequenceStartEvent, AliasEvent)):
                root = self._node(event, 1)
        if root is None or root.value is None:
            place = (root.line, root.column) if root else (1, 1)
            remedy = "begin with `id: my-model` and `version: 1`, or copy the preset standard-b2b"
            raise UnreadableModel([*self.findings, Finding(*place, "the file holds no model", remedy, self.file)])
        return root, self.findings

    def _node(self, event: Event, level: int) -> Node:
        if level > MOST_LEVELS:
            raise self._stop(event, f"nested deeper than {MOST_LEVELS} levels", "write the condition flatter")
        if isinstance(event, AliasEvent):
            return self._alias(event, level)
        self._count(event, 1)
        node = Node(event.start_mark.line + 1, event.start_mark.column + 1)
        anchor = getattr(event, "anchor", None)
        if anchor:
            self.anchors[anchor] = None
        if isinstance(event, ScalarEvent):
            self._scalar(event, node)
        elif isinstance(event, SequenceStartEvent):
            self._tag(event, "seq")
            node.value = list(self._items(level))
        else:
            self._tag(event, "map")
            node.value = self._pairs(node, level)
        inner = (
            node.value.values() if isinstance(node.value, dict) else node.value if isinstance(node.value, list) else ()
        )
        for child in inner:
            node.size += child.size
            node.height = max(node.height, child.height + 1)
        if anchor:
            self.anchors[anchor] = node
        return node

    def _alias(self, event: AliasEvent, level: int) -> Node:
        name = event.anchor
        if name not in self.anchors:
            raise self._stop(event, f"`*{name}` names no anchor above", f"write `&{name}` where the value stands first")
        node = self.anchors[name]
        if node is None:
            raise self._stop(event, f"`*{name}` contains itself", "write the value out")
        self._count(event, node.size)
        if level + node.height - 1 > MOST_LEVELS:
            raise self._stop(event, f"nested deeper than {MOST_LEVELS} levels", "write the condition flatter")
        return node

    def _count(self, event: Event, size: int) -> None:
        self.nodes += size
        if self.nodes > MOST_NODES:
            raise self._stop(event, f"more than {MOST_NODES:,} values, aliases counted out", "use fewer aliases")

    def _items(self, level: int) -> Iterator[Node]:
        for event in self.events:
            if isinstance(event, SequenceEndEvent):
                return
            yield self._node(event, level + 1)

    def _pairs(self, node: Node, level: int) -> dict[str, Node]:
        pairs: dict[str, Node] = {}
        for event in self.events:
            if isinstance(event, MappingEndEvent):
                break
            key = self._key(event, level)
            value = self._node(next(self.events), level + 1)
            if value.raw == "" and value.value is None and value.line > event.end_mark.line + 1:
                # The parser places a value that is missing where the next thing begins.
                value.line, value.column = event.end_mark.line + 1, event.end_mark.column + 1
            if key is None:
                continue
            if key in pairs:
                first = node.keys[key][0]
                self._say(event, f"`{key}` stands here a second time (first in line {first})", "keep one of them")
                continue
            pairs[key] = value
            node.keys[key] = (event.start_mark.line + 1, event.start_mark.column + 1)
        return pairs

    def _key(self, event: Event, level: int) -> str | None:
        if isinstance(event, ScalarEvent):
            if event.value == "<<" and event.style is None:
                self._say(event, "`<<` (merge keys) is no part of YAML 1.2", "write the keys out")
                return None
            self._controls(event)
            return str(event.value)
        self._node(event, level + 1)
        self._say(event, "a key must be a plain word", "write `name: value`; quote a text that begins with [ { or *")
        return None

    def _scalar(self, event: ScalarEvent, node: Node) -> None:
        node.raw = node.value = str(event.value)
        self._controls(event)
        tag = self._tag(event, "str", "int", "float", "bool", "null")
        if (event.style is None and tag is None) or tag in ("int", "float", "bool", "null"):
            try:
                node.value = plain_value(node.raw)
            except ValueError as error:
                self._say(event, str(error), "write a number such as `10`, or quote it if it is text")
                node.value = 0

    def _controls(self, event: ScalarEvent) -> None:
        """A finding if the text, or the key, holds a character that nobody sees and no event has."""
        found = _CONTROL.search(str(event.value))
        if found is None:
            return
        said = f"this text holds the control character U+{ord(found[0]):04X}"
        if event.style == '"':
            escape = _ESCAPES.get(found[0])
            said += f", which `{escape}` is in double quotes" if escape else ""
            self._say(event, said, "write it in single quotes, which leave a backslash as it is: '\\b(ceo|cto)\\b'")
        else:
            self._say(event, said, "remove it")

    def _tag(self, event: Event, *allowed: str) -> str | None:
        tag = getattr(event, "tag", None)
        if tag is None or str(tag) == "!":
            return None if tag is None else "str"
        name = str(tag).removeprefix(_CORE)
        if name not in allowed:
            self._say(event, f"the tag `{str(tag).replace(_CORE, '!!')}` means nothing in a model", "leave the tag out")
        return name
