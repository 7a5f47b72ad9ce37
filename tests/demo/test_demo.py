"""The demo, as a user runs it."""

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from urllib.request import urlopen

import psutil
import pytest

from pipeline.brokers.port import free_port

pytestmark = pytest.mark.embedded


def start(folder, *options, **environment):
    """A demo whose processes and files all lie in `folder`."""
    return subprocess.Popen(
        [sys.executable, "-m", "pipeline.cli", "demo", *options],
        cwd=folder,
        env=os.environ | {"TMPDIR": str(folder), "LEADTIDE_KAFKA__TOPIC_PREFIX": "of-the-user."} | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def left_behind(folder):
    """Files and processes in `folder`."""
    processes = []
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if process.cwd().startswith(str(folder)):
                processes.append(process.cmdline())
    return [*folder.iterdir(), *processes]


def test_the_demo_shows_the_whole_story_and_leaves_nothing_behind(tmp_path):
    demo = start(tmp_path, "--seconds", "10", "--json")
    stdout, stderr = demo.communicate(timeout=120)
    assert demo.returncode == 0, stderr
    story = json.loads(stdout)
    assert story["events"] > 300
    assert {"up", "down", "side"} <= set(story["directions"])
    assert story["dead_letters"]
    assert {"crawler", "too_fast", "burst"} & set(story["machines"])
    assert story["top"][0]["total"] > 0
    assert story["hottest"] == [score["lead_id"] for score in story["top"]]
    assert left_behind(tmp_path) == []


@pytest.mark.parametrize(
    ("order", "send"), [(signal.SIGINT, os.killpg), (signal.SIGTERM, os.kill)], ids=["INT", "TERM"]
)
def test_interrupted_it_says_how_far_it_came_and_leaves_nothing_behind(tmp_path, order, send):
    demo = start(tmp_path, "--seconds", "60")
    assert "→" in demo.stdout.readline()
    send(demo.pid, order)
    stdout, stderr = demo.communicate(timeout=60)
    assert demo.returncode == 0, stderr
    assert "stopping" in stderr
    assert "hottest leads" in stdout
    assert "Traceback" not in stderr
    assert left_behind(tmp_path) == []


def test_interrupted_while_it_starts_it_leaves_nothing_behind(tmp_path):
    demo = start(tmp_path)
    assert "starting" in demo.stderr.readline()
    time.sleep(0.5)
    os.killpg(demo.pid, signal.SIGINT)
    _, stderr = demo.communicate(timeout=60)
    assert demo.returncode == 130
    assert "Traceback" not in stderr
    assert left_behind(tmp_path) == []


def test_the_demo_and_its_worker_can_be_watched(tmp_path):
    """The demo answers on the port that is set and its worker on the next one, each a target of its own."""
    port = free_port()
    demo = start(tmp_path, "--seconds", "60", LEADTIDE_METRICS__PORT=str(port))
    try:
        assert "→" in demo.stdout.readline()
        for each, name in ((port, "leadtide_ready 1.0"), (port + 1, "leadtide_partitions 4.0")):
            with urlopen(f"http://127.0.0.1:{each}/metrics", timeout=10) as answer:
                assert name in answer.read().decode()
    finally:
        os.killpg(demo.pid, signal.SIGINT)
        _, stderr = demo.communicate(timeout=60)
    assert demo.returncode == 0, stderr
    assert left_behind(tmp_path) == []
