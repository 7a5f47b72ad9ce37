"""A process that can be watched, over real sockets."""

import asyncio
import json

import pytest

from pipeline import topics
from pipeline.brokers.port import free_port
from pipeline.errors import InputError
from pipeline.metrics import Projection, ProjectorMetrics
from pipeline.settings import MetricsSettings
from pipeline.watched import Health, watched


async def get(port: int, path: str) -> tuple[int, str]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"GET {path} HTTP/1.1\r\n\r\n".encode())
    head, _, body = (await reader.read()).partition(b"\r\n\r\n")
    writer.close()
    return int(head.split()[1]), body.decode()


async def test_a_process_is_served_from_the_beginning_of_the_block_to_its_end():
    """The server answers inside the block only, and readiness is what the process last said of itself."""
    port, metrics, health = free_port(), ProjectorMetrics(), Health("connecting to Redis")
    async with watched(MetricsSettings(port=port), metrics, health):
        code, body = await get(port, "/readyz")
        assert (code, json.loads(body)) == (503, {"status": "not_ready", "reason": "connecting to Redis"})
        assert (await get(port, "/livez"))[0] == 200
        assert "leadtide_ready 0.0" in (await get(port, "/metrics"))[1]
        health.ready()
        assert await get(port, "/readyz") == (200, '{"status":"ready"}\n')
        assert "leadtide_ready 1.0" in (await get(port, "/metrics"))[1]
        health.not_ready("Redis does not answer")
        assert json.loads((await get(port, "/readyz"))[1])["reason"] == "Redis does not answer"
    with pytest.raises(OSError, match="Connect call failed"):
        await get(port, "/livez")


async def test_what_changes_all_the_time_is_read_at_each_scrape():
    """`refresh` is called before each exposition, and counts made between two scrapes are in the second."""
    port, metrics, lags = free_port(), ProjectorMetrics(), iter([7, 3])
    name = topics.SCORES.name

    def refresh() -> None:
        metrics.lag.labels(name).set(next(lags))

    async with watched(MetricsSettings(port=port), metrics, Health(), refresh=refresh):
        assert f'leadtide_lag_records{{topic="{name}"}} 7.0' in (await get(port, "/metrics"))[1]
        metrics.projected.labels(name, Projection.WRITTEN).inc(12)
        text = (await get(port, "/metrics"))[1]
    assert f'leadtide_lag_records{{topic="{name}"}} 3.0' in text
    assert f'leadtide_projected_records_total{{result="written",topic="{name}"}} 12.0' in text


async def test_without_a_port_nothing_listens():
    """Port 0 means no server, and the block runs all the same."""
    entered = False
    async with watched(MetricsSettings(port=0), ProjectorMetrics(), Health()):
        entered = True
    assert entered


async def test_a_port_that_is_taken_ends_the_start_with_the_setting():
    """Two processes with one port: the second is told which setting to change."""
    port = free_port()
    async with watched(MetricsSettings(port=port), ProjectorMetrics(), Health()):
        with pytest.raises(InputError, match="LEADTIDE_METRICS__PORT"):
            async with watched(MetricsSettings(port=port), ProjectorMetrics(), Health()):
                pass
