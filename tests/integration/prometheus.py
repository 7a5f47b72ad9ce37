"""Debian's Prometheus for tests: `promtool` as a check, and a server that scrapes what a test runs."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from urllib.request import urlopen

import pytest
from ruamel.yaml import YAML

from pipeline.brokers.port import free_port

DEPLOY = Path(__file__).parents[2] / "deploy" / "prometheus"


def tool(name: str) -> str:
    """The path of `prometheus` or `promtool`. Where it is missing the test fails, and says what to install."""
    found = shutil.which(name)
    if found is None:
        pytest.fail(f"{name} is missing: apt-get install prometheus (.ci/run does it)")
    return found


def promtool(*arguments: str | Path, text: str | None = None) -> str:
    """Run promtool, which must find nothing wrong; what it said."""
    done = subprocess.run(
        [tool("promtool"), *map(str, arguments)], input=text, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"promtool {arguments}\n{done.stdout}\n{done.stderr}"
    return done.stdout + done.stderr


def config(targets: Mapping[str, list[str]], directory: Path) -> Path:
    """Our scrape configuration with these targets by job, instead of those of docker-compose.yml."""
    yaml = YAML(typ="safe", pure=True)
    document = yaml.load(DEPLOY / "prometheus.yml")
    document["global"] |= {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"}
    document["rule_files"] = [str(DEPLOY / pattern) for pattern in document["rule_files"]]
    jobs = [job for job in document["scrape_configs"] if job["job_name"] in targets]
    assert {job["job_name"] for job in jobs} == set(targets), "a process without a job in our configuration"
    for job in jobs:
        job.pop("dns_sd_configs")
        job["static_configs"] = [{"targets": targets[job["job_name"]]}]
    document["scrape_configs"] = jobs
    path = directory / "prometheus.yml"
    with path.open("w") as file:
        yaml.dump(document, file)
    return path


class Prometheus:
    """A server that runs."""

    def __init__(self, port: int) -> None:
        self._address = f"http://127.0.0.1:{port}"

    def query(self, expression: str) -> list[dict[str, Any]]:
        """The samples of an instant query; none while the server does not answer."""
        try:
            return self._get("query", query=expression)["result"]
        except OSError:
            return []

    def value(self, expression: str) -> float:
        """The only sample's value; NaN if there is none."""
        samples = self.query(expression)
        assert len(samples) <= 1, samples
        return float(samples[0]["value"][1]) if samples else float("nan")

    def alerts(self) -> list[dict[str, Any]]:
        """What fires or is about to."""
        return self._get("alerts")["alerts"]

    def rules(self) -> list[dict[str, Any]]:
        """Every rule with its health."""
        return [rule for group in self._get("rules")["groups"] for rule in group["rules"]]

    def _get(self, path: str, **parameters: str) -> dict[str, Any]:
        with urlopen(f"{self._address}/api/v1/{path}?{urlencode(parameters)}", timeout=10) as answer:  # noqa: S310 - ours
            return json.load(answer)["data"]


@contextmanager
def scraping(targets: Mapping[str, list[str]], directory: Path) -> Iterator[Prometheus]:
    """A Prometheus that scrapes these processes every second, while the block lasts."""
    path, port = config(targets, directory), free_port()
    promtool("check", "config", path)
    command = [
        tool("prometheus"),
        f"--config.file={path}",
        f"--storage.tsdb.path={directory / 'tsdb'}",
        f"--web.listen-address=127.0.0.1:{port}",
    ]
    with (directory / "prometheus.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, env=os.environ | {"GOMAXPROCS": "1"})
    try:
        yield Prometheus(port)
    finally:
        process.terminate()
        process.wait(30)
