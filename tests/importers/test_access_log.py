"""Page views out of access logs."""

import json
import subprocess
import sys
from collections import Counter
from zoneinfo import ZoneInfo

import pytest

from pipeline.codec import Event, decode, encode
from pipeline.codec.instants import parse_instant
from pipeline.importers.access_log import Skip, in_time_order, page_views
from pipeline.ndjson import Line, read_lines

AGENT = "Mozilla/5.0 (X11; Linux x86_64)"


def log_line(request="GET /pricing HTTP/1.1", status=200, time="17/May/2015:10:05:03 +0000", agent=AGENT, end=""):
    text = f'192.0.2.1 - frank [{time}] "{request}" {status} 2326 "http://example.org/a" "{agent}"{end}'
    return Line("access.log", 1, text.encode())


def one(line, timezone=None):
    (result,) = page_views([line], timezone)
    return result


def test_a_page_becomes_a_page_view_with_all_that_the_line_says():
    event = one(log_line("GET /pricing?plan=pro&utm_source=google&utm_campaign=spring%20sale&utm_medium= HTTP/1.1"))
    assert isinstance(event, Event)
    assert event.type == "web.page_viewed"
    assert event.occurred_at == parse_instant("2015-05-17T10:05:03Z")
    query = "plan=pro&utm_source=google&utm_campaign=spring%20sale&utm_medium="
    assert event.properties == {"url": f"/pricing?{query}", "path": "/pricing", "query": query}
    assert event.campaign == {"source": "google", "name": "spring sale"}
    assert event.context == {"ip": "192.0.2.1", "user_agent": AGENT, "referrer": "http://example.org/a"}
    assert decode(encode(event)) == event


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (log_line("GET /style.CSS HTTP/1.1"), Skip.ASSET),
        (log_line("GET /logo.png?v=2 HTTP/1.1"), Skip.ASSET),
        (log_line("GET /robots.txt HTTP/1.1"), Skip.ASSET),
        (log_line("GET /app.js HTTP/1.1", 404), Skip.ERROR),
        (log_line(status=500), Skip.ERROR),
        (log_line(status=301), Skip.REDIRECT),
        (log_line("HEAD / HTTP/1.1"), Skip.NOT_GET),
        (log_line("POST /form HTTP/1.1", 404), Skip.NOT_GET),
        (log_line(r"\x16\x03\x01 a b c", 400), Skip.MALFORMED),
        (log_line("-", 408), Skip.MALFORMED),
        (log_line(time="2015-05-17 10:05:03"), Skip.MALFORMED),
        (log_line(time="31/Feb/2015:10:05:03 +0000"), Skip.MALFORMED),
        (log_line(time="17/May/2015:10:05:03"), Skip.MALFORMED),
        (Line("access.log", 1, b"192.0.2.1 - -"), Skip.MALFORMED),
        (Line("access.log", 1, b"\xff\xfe\x00"), Skip.MALFORMED),
    ],
)
def test_what_is_no_page_is_left_out_with_its_reason(line, reason):
    assert one(line).reason is reason


@pytest.mark.parametrize(
    "line",
    [
        log_line(status=304),
        log_line(status=206),
        log_line("GET / HTTP/1.0"),
        log_line("GET /docs/v1.2 HTTP/1.1"),
        log_line("GET /guide.pdf HTTP/2.0"),
        log_line("GET /feed?flav=rss.xml HTTP/1.1"),
        log_line("GET http://example.org/pricing HTTP/1.1"),
        log_line(agent=r"odd \"quoted\" agent"),
        log_line(end=' "203.0.113.9" rt=0.003'),
    ],
)
def test_these_are_pages(line):
    assert isinstance(one(line), Event)


def test_a_time_without_offset_is_read_in_the_zone_given():
    event = one(log_line(time="17/May/2015:18:05:03"), ZoneInfo("Asia/Shanghai"))
    assert event.occurred_at == parse_instant("2015-05-17T10:05:03Z")


def test_identical_lines_are_different_events_with_lasting_ids():
    first, again, other = page_views([log_line(), log_line(), log_line("GET /other HTTP/1.1")])
    assert len({first.event_id, again.event_id, other.event_id}) == 3
    assert again.event_id == f"{first.event_id}-2"
    assert one(log_line()).event_id == first.event_id


def test_a_visitor_is_an_address_together_with_a_user_agent():
    first, same, other = page_views([log_line(), log_line("GET /b HTTP/1.1"), log_line(agent="curl/8")])
    assert first.visitor_id == same.visitor_id != other.visitor_id


def test_the_real_log_gives_its_pages(access_log):
    results = list(page_views(read_lines([access_log])))
    counts = Counter("page" if isinstance(result, Event) else result.reason for result in results)
    assert counts == {"page": 3969, "asset": 5611, "error": 208, "redirect": 163, "not_get": 48, "malformed": 1}
    pages = [result for result in results if isinstance(result, Event)]
    assert len({page.event_id for page in pages}) == len(pages)
    (malformed,) = [result for result in results if not isinstance(result, Event) and result.reason == "malformed"]
    assert malformed.line.number == 8899


def test_the_command_writes_events_and_tells_its_totals(access_log, tmp_path):
    out = tmp_path / "visits.ndjson"
    command = [sys.executable, "-m", "pipeline.cli", "import", "access-log", str(access_log), "--json"]
    result = subprocess.run([*command, "--out", out], capture_output=True, text=True, timeout=120, check=True)
    totals = json.loads(result.stdout)
    assert totals["lines"] == 10_000
    assert totals["pages"] == 3969 == sum(isinstance(decode(line.value), Event) for line in read_lines([out]))
    assert f"{access_log}:8899: " in result.stderr
    piped = subprocess.run(command, capture_output=True, timeout=120, check=True)
    assert piped.stdout == out.read_bytes()
    assert json.loads(piped.stderr.splitlines()[-1]) == totals


def test_events_come_in_time_order_within_the_window():
    times = ("10:05:40", "10:05:20", "10:05:30", "10:04:00", "10:30:00", "10:05:00", "10:31:00")
    lines = [log_line(time=f"17/May/2015:{time} +0000") for time in times]
    found = [event.occurred_at for event in in_time_order(page_views(lines)) if isinstance(event, Event)]
    expected = ("10:04:00", "10:05:20", "10:05:30", "10:05:40", "10:05:00", "10:30:00", "10:31:00")
    assert found == [parse_instant(f"2015-05-17T{time}Z") for time in expected]


def test_what_is_no_access_log_at_all_is_refused(tmp_path):
    (tmp_path / "table.csv").write_text("a,b\n1,2\n")
    command = [sys.executable, "-m", "pipeline.cli", "import", "access-log", str(tmp_path / "table.csv")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert "no line of it is one of the combined log format" in done.stderr
