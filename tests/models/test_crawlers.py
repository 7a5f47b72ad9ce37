"""The crawler list on labelled user agents that it was not built from."""

from pathlib import Path

import pytest

from pipeline.models.crawlers import crawler_patterns, is_crawler

DATA = Path(__file__).parent / "data"


def agents(name):
    lines = (DATA / f"{name}.txt").read_text("utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("# ")]


def share(names):
    listed = [agent for name in names for agent in agents(name)]
    return len(listed), sum(map(is_crawler, listed)) / len(listed)


@pytest.mark.parametrize("names", [["isbot_crawlers"], ["uap_crawlers"], ["isbot_crawlers", "uap_crawlers"]])
def test_at_least_95_percent_of_the_machines_are_found(names):
    count, found = share(names)
    assert count > 70
    assert found >= 0.95


@pytest.mark.parametrize("names", [["isbot_browsers"], ["uap_browsers"], ["isbot_browsers", "uap_browsers"]])
def test_at_most_3_percent_of_the_people_are_marked(names):
    count, marked = share(names)
    assert count > 500
    assert marked <= 0.03


@pytest.mark.parametrize(
    "agent",
    [
        "Googlebot/2.1 (+http://www.google.com/bot.html)",
        "curl/8.5.0",
        "python-requests/2.32.3",
        "Go-http-client/2.0",
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/131.0 Safari/537.36",
        "Barracuda Sentinel (EE)",
        "Mimecast URL Scanner",
        "Apache-HttpClient/5.3 (Java/17)",
        "node",
        "Zeus",
        "Nuclei - Open-source",
    ],
)
def test_crawlers_libraries_and_scanners_are_machines(agent):
    assert is_crawler(agent)


@pytest.mark.parametrize(
    "agent",
    [
        "",
        "   ",
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/131.0.0.0 Safari/537.36",
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:132.0) Gecko/20100101 Firefox/132.0",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) Mobile/15E148 MicroMessenger/8.0.54",
        "Microsoft Office/16.0 (Windows NT 10.0; Microsoft Outlook 16.0.17928; Pro)",
        "Outlook-iOS/709.2189947.prod.iphone (3.24.0)",
        "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)",
        "YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy-SLN28749.html",
        "Mozilla/5.0 (Linux; Android 8.1.0; CUBOT_POWER) AppleWebKit/537.36 Chrome/71.0 Mobile Safari/537.36",
        "Mozilla/5.0 (Linux; Android 14; M bot 60) AppleWebKit/537.36 Chrome/120.0 Mobile Safari/537.36",
    ],
)
def test_people_and_missing_agents_are_not_marked(agent):
    assert not is_crawler(agent)


def test_agents_of_any_text_are_answered():
    assert is_crawler("\ud800 crawler")
    assert is_crawler("爬虫 spider")
    assert is_crawler("x" * 1_000_000)


def test_the_list_is_as_long_as_its_sources_and_their_licences_stand_at_its_top():
    assert len(crawler_patterns()) > 2_500
    text = (Path(__file__).parents[2] / "pipeline/models/data/crawlers.txt").read_text("utf-8")
    for notice in ("Martin Monperrus", "Vitalii Shishorin", "Permission is hereby granted"):
        assert notice in text[:3_000]
