"""docker-compose.yml and the image, as far as they can be looked at without a Docker engine."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from pipeline.cli.commands import COMMANDS
from pipeline.settings import KafkaSettings
from pipeline.settings_reference import variables

ROOT = Path(__file__).parents[2]
OURS = {"topics", "worker", "projector"}
EXACT_TAG = re.compile(r"[\w./-]+:v?\d+\.\d+\.\d+(-[\w.-]+)?")


@pytest.fixture(scope="module")
def services() -> dict:
    """The services by name, with what they share merged in."""
    return YAML(typ="safe", pure=True).load(ROOT / "docker-compose.yml")["services"]


def test_it_is_what_the_compose_specification_says():
    """The file agrees with the Compose specification's JSON schema."""
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec"]
    done = subprocess.run([*command, ROOT / "docker-compose.yml"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_it_has_every_process_and_two_workers(services):
    """Kafka, the topics, two workers, a Redis-compatible server, the projector and Prometheus."""
    assert set(services) == OURS | {"kafka", "valkey", "prometheus"}
    assert services["worker"]["deploy"] == {"replicas": 2}
    assert "container_name" not in services["worker"], "it could not be scaled"
    assert "ports" not in services["worker"], "two could not have the same"


def test_every_image_has_an_exact_tag(services):
    """No `latest` and no moving tag, in the file and in the Dockerfile."""
    images = [service["image"] for service in services.values()]
    images += re.findall(r"^FROM (\S+)", (ROOT / "deploy" / "Dockerfile").read_text(), re.MULTILINE)
    assert [image for image in images if not EXACT_TAG.fullmatch(image)] == []


def test_nothing_is_published_but_on_the_loopback_address(services):
    """Every published port is bound to 127.0.0.1."""
    ports = [port for service in services.values() for port in service.get("ports", [])]
    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports), ports


def test_nothing_runs_as_root_or_gains_rights(services):
    """Each has a user other than root (Kafka's image has its own), no capabilities, and, but for Kafka, reads only."""
    for name, service in services.items():
        assert service["cap_drop"] == ["ALL"], name
        assert "no-new-privileges:true" in service["security_opt"], name
        assert "privileged" not in service, name
        if name != "kafka":
            assert service["user"].split(":")[0] not in {"0", "root"}, name
            assert service["read_only"] is True, name


def test_what_runs_on_can_be_seen_to_be_well(services):
    """Each has a health check, but the one that creates the topics and ends."""
    assert {name for name, service in services.items() if "healthcheck" not in service} == {"topics"}
    assert services["topics"]["restart"] == "no"


def test_each_waits_for_what_it_needs(services):
    """The topics wait for a healthy Kafka, workers and projector for the topics, the projector for its store too."""
    waits = {
        name: {other: condition["condition"] for other, condition in service.get("depends_on", {}).items()}
        for name, service in services.items()
    }
    assert waits["topics"] == {"kafka": "service_healthy"}
    assert waits["worker"] == {"kafka": "service_healthy", "topics": "service_completed_successfully"}
    assert waits["projector"] == waits["worker"] | {"valkey": "service_healthy"}


@pytest.mark.parametrize("name", sorted(OURS))
def test_our_services_run_commands_and_settings_that_there_are(name, services):
    """The command is one of the command line's, and each variable is a setting whose value it takes."""
    service = services[name]
    assert service["command"][0] in COMMANDS
    known = {variable for variable, *_ in variables()}
    assert set(service["environment"]) <= known
    kafka = {key.partition("__")[2].lower(): value for key, value in service["environment"].items() if "KAFKA__" in key}
    assert KafkaSettings(**kafka).partitions >= services["worker"]["deploy"]["replicas"]


def test_prometheus_asks_where_the_processes_answer(services):
    """The scrape configuration names the services and the port that they listen on, and its files are mounted."""
    config = YAML(typ="safe", pure=True).load(ROOT / "deploy" / "prometheus" / "prometheus.yml")
    asked = {
        name: discovery["port"]
        for job in config["scrape_configs"]
        for discovery in job.get("dns_sd_configs", [])
        for name in discovery["names"]
    }
    ports = {name: int(services[name]["environment"]["LEADTIDE_METRICS__PORT"]) for name in ("worker", "projector")}
    assert asked == ports
    for volume in services["prometheus"]["volumes"]:
        source, target, *_ = volume.split(":")
        if source.startswith("."):
            assert (ROOT / source).exists(), source
            assert target.startswith("/etc/prometheus/")
    health = " ".join(services["worker"]["healthcheck"]["test"])
    assert f":{ports['worker']}/readyz" in health


def test_the_image_has_all_that_the_build_takes():
    """Each COPY of the Dockerfile names what is there and what .dockerignore lets through; it runs as its own user."""
    text = (ROOT / "deploy" / "Dockerfile").read_text()
    allowed = [line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")]
    for line in re.findall(r"^COPY (?!--from)(.+)$", text, re.MULTILINE):
        for source in line.split()[:-1]:
            assert (ROOT / source).exists(), source
            assert source.split("/")[0] in allowed, source
    assert re.findall(r"^USER (\S+)", text, re.MULTILINE)[-1] == "10001:10001"
