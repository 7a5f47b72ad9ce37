"""Print which share of the user agents in some files the crawler list marks (a tool, no test).

    python tests/models/measure_agents.py tests/models/data/isbot_crawlers.txt path/to/fixtures/bots.yml …

A .txt file holds one agent a line ("# " begins a comment); a .yml file maps under `user_agent`, as those of
Matomo's device-detector do (PyPI: the source archive of `device-detector`, tests/fixtures/upstream).
"""

import re
import sys
from pathlib import Path

from pipeline.models.crawlers import is_crawler

_USER_AGENT = re.compile(r"""^\s*(?:-\s+)?user_agent:\s+(['"]?)(?P<agent>.+?)\1\s*$""", re.MULTILINE)


def agents_in(path: Path) -> list[str]:
    text = path.read_text("utf-8")
    if path.suffix == ".txt":
        found = [line for line in text.splitlines() if line.strip() and not line.startswith("# ")]
    else:
        found = [match["agent"] for match in _USER_AGENT.finditer(text)]
    return list(dict.fromkeys(found))


if __name__ == "__main__":
    for name in sys.argv[1:]:
        listed = agents_in(Path(name))
        marked = sum(map(is_crawler, listed))
        sys.stdout.write(f"{name}: {marked} of {len(listed)} marked, {marked / max(1, len(listed)):.2%}\n")
