"""Apache Kafka in one process (KRaft), from Maven Central's jars, set up for tests: prompt, small, one replica.

What it stores lies under its directory and outlives a restart, clean or not. After a kill the cluster waits for the
broker's session to end before it takes the broker back: hence the short session.
"""

import re
import subprocess
import uuid
from base64 import urlsafe_b64encode
from pathlib import Path
from shutil import which

from pipeline.brokers.kafka_jars import classpath
from pipeline.brokers.port import HOST, free_port
from pipeline.errors import BrokerError

KIND = "kafka"
MIN_JAVA = 17
HEAP = "768m"

_PROPERTIES = """\
process.roles=broker,controller
node.id=1
listeners=PLAINTEXT://{host}:{port},CONTROLLER://{host}:{controller_port}
advertised.listeners=PLAINTEXT://{host}:{advertised_port}
controller.listener.names=CONTROLLER
controller.quorum.voters=1@{host}:{controller_port}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs={logs}
auto.create.topics.enable=false
default.replication.factor=1
min.insync.replicas=1
offsets.topic.replication.factor=1
offsets.topic.num.partitions=8
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=8
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
broker.heartbeat.interval.ms=500
broker.session.timeout.ms=3000
"""


def prepare(directory: Path, port: int, advertised_port: int) -> list[str]:
    """Fetch the jars if need be, write the configuration, format the storage once; the command line of the broker."""
    java = _java()
    jars = classpath()
    logs = directory / "data"
    properties = directory / "server.properties"
    properties.write_text(
        _PROPERTIES.format(
            host=HOST, port=port, advertised_port=advertised_port, controller_port=free_port(), logs=logs.resolve()
        )
    )
    if not (logs / "meta.properties").exists():
        _format(java, jars, properties)
    options = [f"-Xmx{HEAP}", "-Xms256m", "-XX:+UseG1GC", "-Dorg.slf4j.simpleLogger.showDateTime=true"]
    return [java, *options, "-cp", jars, "kafka.Kafka", str(properties)]


def _java() -> str:
    java = which("java")
    remedy = (
        f"install Java {MIN_JAVA} (Debian, Ubuntu: apt-get install openjdk-17-jre-headless), or use --kind embedded"
    )
    if java is None:
        message = f"Apache Kafka needs Java {MIN_JAVA} or newer and there is no java on the PATH: {remedy}"
        raise BrokerError(message)
    told = subprocess.run([java, "-version"], check=False, capture_output=True, text=True).stderr
    version = re.search(r'version "(\d+)', told)
    if version is None or int(version[1]) < MIN_JAVA:
        found = version[1] if version else "a version that it does not tell"
        message = f"Apache Kafka needs Java {MIN_JAVA} or newer, and {java} is {found}: {remedy}"
        raise BrokerError(message)
    return java


def _format(java: str, jars: str, properties: Path) -> None:
    cluster_id = urlsafe_b64encode(uuid.uuid4().bytes).rstrip(b"=").decode()
    tool = [java, "-XX:TieredStopAtLevel=1", "-cp", jars, "kafka.tools.StorageTool"]
    # `=` keeps an id that begins with a dash from being taken for an option.
    done = subprocess.run(
        [*tool, "format", f"--cluster-id={cluster_id}", "--config", str(properties)],
        check=False,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        message = f"Kafka's storage in {properties.parent} cannot be formatted:\n{done.stdout}{done.stderr}"
        raise BrokerError(message)
