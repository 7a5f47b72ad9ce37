"""What commands say when there is no broker, or no topics on it."""

import os
import subprocess
import sys

import pytest

from pipeline.brokers.port import free_port

COMMANDS = [
    ["produce", "-"],
    ["tail", "scores"],
    ["tick", "--until", "2026-05-01T00:00:00Z"],
    ["status"],
    ["dlq", "list"],
    ["export", "--until", "2026-05-01", "--out", "nowhere"],
]


def leadtide(arguments, **variables):
    return subprocess.run(
        [sys.executable, "-m", "pipeline.cli", *arguments],
        input='{"event_id":"e"}\n',
        env=os.environ | variables,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
def test_without_a_broker_one_message_says_what_to_do(arguments):
    address = f"127.0.0.1:{free_port()}"
    result = leadtide(arguments, LEADTIDE_KAFKA__BOOTSTRAP_SERVERS=address)
    assert result.returncode == 4
    assert result.stdout == ""
    assert result.stderr.startswith(f"leadtide: the broker at {address} cannot be used")
    assert "leadtide broker start" in result.stderr
    assert "Traceback" not in result.stderr
    assert len(result.stderr.splitlines()) == 1


@pytest.mark.embedded
@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
def test_without_topics_one_message_says_what_to_do(arguments, embedded_broker, topic_prefix):
    variables = {"LEADTIDE_KAFKA__BOOTSTRAP_SERVERS": embedded_broker, "LEADTIDE_KAFKA__TOPIC_PREFIX": topic_prefix}
    result = leadtide(arguments, **variables)
    assert result.returncode == 4
    assert "run `leadtide topics create`" in result.stderr
    assert len(result.stderr.splitlines()) == 1
