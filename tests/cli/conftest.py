"""The commands, run in this process against a broker."""

import asyncio
from dataclasses import dataclass

import pytest
from typer.testing import CliRunner

from pipeline import cli, topic_setup
from pipeline.settings import Settings


@dataclass(frozen=True)
class Installation:
    """Topics of this test's own on the embedded broker, and its commands."""

    settings: Settings

    def run(self, *arguments):
        """Run a command; what it printed, and its exit code."""
        return CliRunner().invoke(cli.app, list(arguments))


@pytest.fixture
def installation(embedded_broker, topic_prefix, monkeypatch, tmp_path):
    """An installation with two partitions."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LEADTIDE_KAFKA__BOOTSTRAP_SERVERS", embedded_broker)
    monkeypatch.setenv("LEADTIDE_KAFKA__TOPIC_PREFIX", topic_prefix)
    monkeypatch.setenv("LEADTIDE_KAFKA__PARTITIONS", "2")
    settings = Settings()

    async def create():
        async with topic_setup.administrator(settings) as admin:
            await topic_setup.create(admin, settings)

    asyncio.run(create())
    return Installation(settings)
