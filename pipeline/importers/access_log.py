r"""Page views out of a web server's access log in the combined format of Apache and nginx.

    %h %l %u [%t] "%r" %>s %b "%{Referer}i" "%{User-Agent}i"

A page is a successful GET (2xx or 304) of a document; assets, errors, redirects and other methods are left out.
A visitor is an address together with a user agent. Ids come from the line's content, so that importing a log twice
gives the same events; identical lines are numbered.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import tzinfo
from enum import StrEnum
from hashlib import sha256
from heapq import heappop, heappush
from typing import NamedTuple
from urllib.parse import parse_qsl, urlsplit

from pipeline.codec.instants import parse_instant
from pipeline.events import Event
from pipeline.ndjson import Line


class Skip(StrEnum):
    """Why a line is no page view."""

    ASSET = "asset"
    """A file that a page is made of, or a download: style, script, image, font, media, archive, data."""
    ERROR = "error"
    """The server answered 4xx or 5xx."""
    REDIRECT = "redirect"
    """The server sent the reader elsewhere (3xx without 304)."""
    NOT_GET = "not_get"
    """HEAD, POST, OPTIONS and so on."""
    MALFORMED = "malformed"
    """Not a line of the combined format."""


class Skipped(NamedTuple):
    """A line that is left out."""

    line: Line
    reason: Skip
    message: str


_QUOTED = r'"((?:[^"\\]|\\.)*)"'
_LINE = re.compile(rf"(\S+) \S+ (?:\S.*?) \[([^\]]+)\] {_QUOTED} (\d{{3}}) (?:\d+|-) {_QUOTED} {_QUOTED}(?: .*)?")
_TIME = re.compile(r"(\d\d)/([A-Z][a-z]{2})/(\d{4}):(\d\d:\d\d:\d\d)(?: ([+-]\d{4}))?", re.ASCII)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_CAMPAIGN = {
    "utm_source": "source",
    "utm_medium": "medium",
    "utm_campaign": "name",
    "utm_content": "content",
    "utm_term": "term",
}
_PAGE_PARTS = "css js mjs map png jpg jpeg gif ico svg webp avif bmp tif tiff woff woff2 ttf eot otf wasm webmanifest"
_DOWNLOADS = (
    "mp3 mp4 m4a m4v ogg ogv wav webm avi mov flv swf zip gz bz2 xz tgz tar 7z rar jar war deb rpm exe msi dmg iso"
)
_DATA = "json xml rss atom csv"
_ASSETS = frozenset(f"{_PAGE_PARTS} {_DOWNLOADS} {_DATA}".split())
_FOR_PROGRAMS = frozenset({"robots.txt", "ads.txt", "humans.txt", "security.txt"})


def page_views(lines: Iterable[Line], timezone: tzinfo | None = None) -> Iterator[Event | Skipped]:
    """One `web.page_viewed` for each page, and each other line with the reason why it is left out, in file order.

    `timezone` is where times without an offset are read; without it such lines are malformed.
    """
    seen: Counter[bytes] = Counter()
    for line in lines:
        found = _LINE.fullmatch(line.value.decode("utf-8", "backslashreplace").strip())
        if found is None:
            yield Skipped(line, Skip.MALFORMED, "not a line of the combined log format")
            continue
        address, time, request, status, referrer, agent = found.groups()
        try:
            occurred_at = _instant(time, timezone)
            method, target = _request(request)
        except ValueError as error:
            yield Skipped(line, Skip.MALFORMED, str(error))
            continue
        path = target.partition("?")[0]
        reason = _reason_to_skip(method, int(status), path)
        if reason is not None:
            yield Skipped(line, reason, f"{method} {status}")
            continue
        digest = sha256(line.value.strip()).digest()[:12]
        seen[digest] += 1
        again = f"-{seen[digest]}" if seen[digest] > 1 else ""
        event = Event(
            f"log-{digest.hex()}{again}",
            "web.page_viewed",
            occurred_at,
            visitor_id="log-" + sha256(f"{address}\n{agent}".encode()).hexdigest()[:20],
            source="access-log",
        )
        _describe(event, target)
        event.context = {"ip": address}
        if agent not in ("", "-"):
            event.context["user_agent"] = agent
        if referrer not in ("", "-"):
            event.context["referrer"] = referrer
        yield event


def in_time_order(results: Iterable[Event | Skipped], window_ms: int = 600_000) -> Iterator[Event | Skipped]:
    """The same results, the events by (`occurred_at`, `event_id`) as far as they are less than `window_ms` apart.

    Servers write a line when the answer is sent, under the time at which the question came. Events that come in order
    are late for nobody, so that the running system decides on them what a replay of the file decides.
    """
    held: list[tuple[int, str, Event]] = []
    newest = 0
    for result in results:
        if isinstance(result, Skipped):
            yield result
            continue
        heappush(held, (result.occurred_at, result.event_id, result))
        newest = max(newest, result.occurred_at)
        while held[0][0] <= newest - window_ms:
            yield heappop(held)[2]
    while held:
        yield heappop(held)[2]


def _instant(text: str, timezone: tzinfo | None) -> int:
    found = _TIME.fullmatch(text)
    if found is None or found[2] not in _MONTHS:
        raise ValueError("its time does not read as 17/May/2015:10:05:03 +0000")
    day, month, year, clock, offset = found.groups()
    return parse_instant(f"{year}-{_MONTHS.index(month) + 1:02d}-{day}T{clock}{offset or ''}", timezone)


def _request(request: str) -> tuple[str, str]:
    """Method and target without scheme and host (proxies log absolute targets)."""
    parts = request.split(" ")
    if len(parts) not in (2, 3) or not parts[0].isalpha() or not parts[1]:
        raise ValueError("its request does not read as GET /path HTTP/1.1")
    target = parts[1]
    if not target.startswith("/") and "://" in target:
        split = urlsplit(target)
        target = (split.path or "/") + (f"?{split.query}" if split.query else "")
    return parts[0].upper(), target.partition("#")[0]


def _reason_to_skip(method: str, status: int, path: str) -> Skip | None:
    if method != "GET":
        return Skip.NOT_GET
    if status >= 400:
        return Skip.ERROR
    if not (200 <= status < 300 or status == 304):
        return Skip.REDIRECT
    name = path.rpartition("/")[2].lower()
    is_asset = name in _FOR_PROGRAMS or ("." in name and name.rpartition(".")[2] in _ASSETS)
    return Skip.ASSET if is_asset else None


def _describe(event: Event, target: str) -> None:
    """Properties and campaign out of the request's target."""
    path, _, query = target.partition("?")
    event.properties = {"url": target, "path": path}
    if query:
        event.properties["query"] = query
        for name, value in parse_qsl(query, errors="replace"):
            if name in _CAMPAIGN:
                event.campaign.setdefault(_CAMPAIGN[name], value)
