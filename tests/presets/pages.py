"""What stands in the pages of docs/models and can be made from preset and sample: the picture and the output.

`python -m tests.presets.pages` writes these blocks anew; a test holds that nothing would change.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

from ruamel.yaml import YAML

from tests.presets.stories import NAMES, PAGES, Row, outcome, preset_text

CHANGES = (
    "jq -rs 'sort_by(.email // .lead_id, .seq)[] | "
    r'"\(.occurred_at)  \(.email // .lead_id)  \(.from_stage) → \(.to_stage)  \(.cause)  '
    r"""\(.total * 10 | round / 10) \(.grade)"' result/stage-changes.ndjson"""
)
SIGNALS = (
    "jq -rs 'sort_by(.occurred_at, .signal)[] | "
    r'"\(.occurred_at)  \(.signal)  \(.stage)  '
    r"""\(.details | .step // .track // .score // .escalate // .claimed_by // .due_at // "")"' result/signals.ndjson"""
)
_BLOCK = re.compile(r"<!-- (picture|output) -->\n```(?:mermaid|console)\n.*?\n```", re.DOTALL)


def refreshed(name: str, text: str) -> str:
    """The page with its made blocks as they must be."""
    made = {
        "picture": "```mermaid\n" + "\n".join(picture(name)) + "\n```",
        "output": "```console\n" + "\n".join(output(name)) + "\n```",
    }
    return _BLOCK.sub(lambda found: f"<!-- {found[1]} -->\n{made[found[1]]}", text)


def picture(name: str) -> Iterator[str]:
    """The stages and the ways between them; a dotted note would be no help: falling back is a way, too."""
    model = YAML(typ="base").load(preset_text(name))
    yield "stateDiagram-v2"
    yield from _ways(model["lifecycle"])
    if "account" in model:
        yield "    state Account {"
        yield from (f"    {line}" for line in _ways(model["account"]["lifecycle"]))
        yield "    }"


def _ways(lifecycle: Row) -> Iterator[str]:
    yield f"    [*] --> {lifecycle['entry']}"
    for way in lifecycle["transitions"]:
        sources = way["from"] if isinstance(way["from"], list) else [way["from"]]
        for source in sources:
            yield f"    {source} --> {way['to']}: {way['title']['en']}"
            if "leave" in way:
                yield f"    {way['to']} --> {source}: no longer so"


def output(name: str) -> Iterator[str]:
    """A session at the terminal over the sample."""
    rows = outcome(name)
    yield f"$ leadtide replay --model preset:{name} --out result tests/presets/samples/{name}.ndjson"
    yield from (row["text"] for row in rows["said"])
    yield f"$ {CHANGES}"
    for row in sorted(rows["stage-changes"], key=lambda r: (r["email"] or r["lead_id"], r["seq"])):
        score = f"{math.floor(row['total'] * 10 + 0.5) / 10:g} {row['grade']}"
        way = f"{row['from_stage']} → {row['to_stage']}"
        yield f"{row['occurred_at']}  {row['email'] or row['lead_id']}  {way}  {row['cause']}  {score}".rstrip()
    if rows["signals"]:
        yield f"$ {SIGNALS}"
        for row in sorted(rows["signals"], key=lambda r: (r["occurred_at"], r["signal"])):
            details = row["details"]
            keys = ("step", "track", "score", "escalate", "claimed_by", "due_at")
            told = next((details[key] for key in keys if details.get(key) is not None), "")
            yield f"{row['occurred_at']}  {row['signal']}  {row['stage']}  {told}".rstrip()


if __name__ == "__main__":
    for preset in NAMES:
        page = PAGES / f"{preset}.md"
        page.write_text(refreshed(preset, page.read_text()))
