"""Prometheus itself, from Debian's package, scrapes every process of an installation on Apache Kafka."""

import asyncio
import math
import re
from collections import Counter
from pathlib import Path

import pytest

from pipeline import simulation, stores, topics
from pipeline.models import load_model
from tests.integration.harness import Installation, until
from tests.integration.prometheus import DEPLOY, promtool, scraping
from tests.integration.watching import LEADTIDE, Watched, assert_nobody_is_named, names_of

pytestmark = pytest.mark.kafka

PARTITIONS = 3
EVENTS = 3_000


@pytest.fixture(scope="module")
def redis():
    """A Redis-compatible server."""
    with stores.running() as url:
        yield url


async def test_every_process_is_scraped_and_tells_of_nobody(kafka_broker, topic_prefix, tmp_path, redis):
    """Two workers and the projector are up, their numbers add up to what was sent, promtool finds no fault, and no
    label holds an id or an address of the simulated people."""
    here = Installation(kafka_broker, topic_prefix, tmp_path / "w", partitions=PARTITIONS)
    await here.create_topics()
    records = list(simulation.simulate(7, events=EVENTS, poison=0.01))
    workers = [Watched(here), Watched(here)]
    projector = Watched(here, command=[*LEADTIDE, "project"], LEADTIDE_REDIS__URL=redis)
    processes = [*workers, projector]
    targets = {
        "leadtide-worker": [f"127.0.0.1:{worker.port}" for worker in workers],
        "leadtide-projector": [f"127.0.0.1:{projector.port}"],
    }
    with scraping(targets, tmp_path) as prometheus:
        await asyncio.gather(*[process.ready() for process in processes])
        # Every third under a key that is not its lead's, as producers do.
        keys = [f"key-{number}" if number % 3 == 0 else record.key or "" for number, record in enumerate(records)]
        sent = [(record.topic, key.encode(), record.value) for key, record in zip(keys, records, strict=True)]
        await here.send_raw(sent)
        await until(lambda: _is(prometheus, "sum(up)", len(processes)), "up == 1 for all")
        await here.caught_up(workers[0].worker)
        ends = Counter({topic.name: len(await here.read(topic)) for topic in topics.CONSUMED})
        await until(lambda: _is(prometheus, "sum(leadtide_events_total)", ends.total()), "all records, in Prometheus")
        for topic in topics.CONSUMED:
            counted = prometheus.value(f'sum(leadtide_events_total{{topic="{topic.name}"}})')
            assert counted == ends[topic.name], topic.name
        if PARTITIONS > 1:
            assert prometheus.value('sum(leadtide_events_total{result="forwarded"})') > 0
            to_others, from_others = (
                f'sum(leadtide_forwards_total{{direction="{way}"}})' for way in ("sent", "received")
            )
            assert prometheus.value(to_others) == prometheus.value(from_others) > 0
        dead = sum(record.poison is not None for record in records)
        assert prometheus.value("sum(leadtide_dead_letters_total)") == dead > 0
        assert prometheus.value('sum(leadtide_events_total{result="dead_letter"})') == dead
        owned = prometheus.query("partition:leadtide_partition_owned:sum")
        assert {sample["metric"]["partition"]: sample["value"][1] for sample in owned} == dict.fromkeys(
            map(str, range(PARTITIONS)), "1"
        )
        assert prometheus.value("sum(leadtide_checkpoint_bytes_sum)") > 100 * len(records), "profiles are larger"
        assert prometheus.value("sum(leadtide_standby)") == max(0, len(workers) - PARTITIONS)
        assert prometheus.value("count(leadtide_model_info)") == len(workers)
        assert prometheus.value("count(process_start_time_seconds)") == len(processes)
        outputs = [len(await here.read(topic)) for topic in (topics.STAGE_CHANGES, topics.SCORES, topics.SIGNALS)]
        await until(lambda: _is(prometheus, "sum(leadtide_projected_records_total)", sum(outputs)), "the read model")
        assert prometheus.value("leadtide_redis_up") == 1
        assert {rule["health"] for rule in prometheus.rules()} == {"ok"}, prometheus.rules()
        assert not [alert for alert in prometheus.alerts() if alert["state"] == "firing"]
    model, people = load_model("preset:standard-b2b"), names_of(records)
    assert len(people) > EVENTS, "an id for each event, and people"
    for process in processes:
        exposition = await process.exposition()
        promtool("check", "metrics", text=exposition)
        assert_nobody_is_named(exposition, people, model, PARTITIONS)
    assert await asyncio.to_thread(lambda: [process.worker.terminate() for process in processes]) == [0, 0, 0]


async def _is(prometheus, expression: str, expected: float) -> bool:
    value = await asyncio.to_thread(prometheus.value, expression)
    return not math.isnan(value) and value == expected


def test_the_configuration_and_the_rules_are_what_prometheus_takes():
    """promtool finds nothing wrong with the scrape configuration, with any rule, and with what the rules do."""
    assert "valid prometheus config" in promtool("check", "config", DEPLOY / "prometheus.yml")
    rules = sorted((DEPLOY / "rules").glob("*.yml"))
    assert promtool("check", "rules", *rules).count("SUCCESS") == len(rules) == 2
    tests = sorted((DEPLOY / "tests").glob("*.yml"))
    assert "SUCCESS" in promtool("test", "rules", *tests)


def test_every_alert_is_tested_and_names_metrics_that_there_are():
    """No alert is without a test that lets it fire, and none asks for a metric that no process has."""
    from pipeline.metrics import catalogue

    text = "".join(path.read_text() for path in sorted((DEPLOY / "rules").glob("*.yml")))
    known = {metric.name for metric in vars(catalogue).values() if isinstance(metric, catalogue.Metric)}
    known |= {f"{name}_bucket" for name in known}
    recorded = set(re.findall(r"record: (\S+)", text))
    asked = {name.strip() for name in re.findall(r"(?<![\w:])leadtide_\w+(?![\w:])", text)}
    assert asked <= known, asked - known
    assert recorded
    tested = Path(DEPLOY / "tests" / "alerts.test.yml").read_text()
    for alert in re.findall(r"alert: (\S+)", text):
        assert re.search(rf"alertname: {alert}\n +exp_alerts:\n", tested), f"{alert} is never seen firing"
    for rule in recorded:
        assert re.search(rf"expr: {rule}\b", tested), f"{rule} is never asked for"
