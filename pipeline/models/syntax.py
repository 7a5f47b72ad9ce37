"""The YAML parser's complaints in words that help."""

from __future__ import annotations

import re

from pipeline.models.findings import Finding

_REMEDIES = (
    (r"'\\t'", "a tab stands here", "indent with spaces"),
    (r"found character '(?P<c>.)' that cannot start", "a text cannot begin with `{c}`", "put the text in quotes"),
    (r"mapping values are not allowed", "a second `:` stands here, or the line is indented wrongly",
     "quote a text that holds `: `, and give keys of one map the same indentation"),
    (r"unknown escape character", "an escape that YAML does not know, in double quotes",
     "put patterns in single quotes: '\\b(ceo|cto)\\b'"),
    (r"found unexpected end of stream", "a quote is not closed", "end the text with the quote it begins with"),
    (r"expected ',' or '[]}]'", "a bracket is not closed, or a comma is missing",
     "close every `[` and `{{`, and put commas between the values"),
    (r"expected the node content", "a value is missing, or a bracket is not closed", "write the value, or close it"),
    (r"could not find expected ':'", "a key without `:`", "write `key: value`"),
    (r"expected <block end>", "the indentation does not fit the lines above",
     "give keys of one map, and the `-` of one list, the same indentation"),
    (r"found duplicate anchor", "an anchor is defined twice", "give each anchor its own name"),
)  # fmt: skip


def explain(error: Exception, text: str, file: str) -> Finding:
    """One finding from whatever the YAML parser raised while reading `text`."""
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    line, column = (mark.line + 1, mark.column + 1) if mark is not None else (1, 1)
    problem = str(getattr(error, "problem", None) or "")
    where = getattr(error, "position", None)
    if isinstance(where, int) and hasattr(error, "character"):
        before = text[:where]
        line, column = before.count("\n") + 1, where - (before.rfind("\n") + 1) + 1
        code = error.character if isinstance(error.character, int) else ord(str(error.character)[:1] or "\0")
        return Finding(line, column, f"the character U+{code:04X} is not allowed in YAML", "remove it", file)
    for pattern, message, remedy in _REMEDIES:
        found = re.search(pattern, problem)
        if found:
            groups = found.groupdict()
            return Finding(line, column, message.format(**groups), remedy.format(**groups), file)
    return Finding(line, column, f"this is not YAML: {problem or 'it cannot be read here'}", "mend the line", file)
