"""What is found wrong with topics, and the remedy that is told."""

import dataclasses

import pytest

from pipeline import topics
from pipeline.settings import Settings
from pipeline.topic_findings import Finding, Present, findings
from pipeline.topics import CATALOGUE, CHANGELOG_MAX_BYTES

PREFIX = "acme."
FORMS, SCORES = topics.FORMS.full_name(PREFIX), topics.SCORES.full_name(PREFIX)
DLQ = topics.dead_letters(topics.FORMS).full_name(PREFIX)


class Cluster:
    """Topics as they must be on three brokers, until a test changes one."""

    def __init__(self, *, partitions: int = 3, replicas: int | None = 3, production: bool = False) -> None:
        kafka = {"topic_prefix": PREFIX, "partitions": partitions, "replication_factor": replicas}
        if production:
            kafka["security_protocol"] = "SSL"
        self.settings = Settings(kafka=kafka, production=production)
        self.topics = {
            topic.full_name(PREFIX): Present(
                3, 3, topic.configs(self.settings.retention) | {"min.insync.replicas": "2"}
            )
            for topic in CATALOGUE
        }

    def change(self, name: str, configs: dict[str, str] | None = None, **values: int) -> None:
        before = self.topics[name]
        self.topics[name] = dataclasses.replace(before, configs=dict(before.configs) | (configs or {}), **values)

    def found(self, brokers: int = 3) -> list[Finding]:
        return list(findings(self.topics, self.settings, brokers=brokers))

    def only(self, brokers: int = 3) -> Finding:
        (finding,) = self.found(brokers)
        return finding


@pytest.fixture
def cluster():
    return Cluster()


def test_topics_as_they_must_be_are_not_found_fault_with(cluster):
    """The catalogue's own topics give no finding."""
    assert cluster.found() == []


def test_where_all_topics_agree_the_setting_is_what_is_wrong():
    """All topics have 3 partitions and the setting says 12: one remedy for all, the setting."""
    found = Cluster(partitions=12).found()
    assert len(found) == len(CATALOGUE)
    assert {finding.severity for finding in found} == {"error"}
    assert all("LEADTIDE_KAFKA__PARTITIONS=3" in finding.remedy for finding in found)


def test_an_input_with_too_few_partitions_is_given_more(cluster):
    """Records of an input find their owner wherever they lie, so partitions can be added."""
    cluster.change(FORMS, partitions=2)
    finding = cluster.only()
    assert (finding.severity, finding.expected, finding.found) == ("error", "3", "2")
    assert f"--alter --topic {FORMS} --partitions 3" in finding.remedy


@pytest.mark.parametrize(("name", "partitions"), [(SCORES, 2), (FORMS, 4)])
def test_a_topic_whose_partitions_cannot_be_changed_is_made_anew(cluster, name, partitions):
    """Keyed outputs cannot grow, and nothing can shrink: delete and create."""
    cluster.change(name, partitions=partitions)
    assert "leadtide topics create" in cluster.only().remedy
    assert "--alter" not in cluster.only().remedy


def test_a_partition_without_a_leader_is_an_error(cluster):
    """A partition that nobody leads can be neither read nor written."""
    cluster.change(SCORES, leaderless=1)
    assert (cluster.only().severity, cluster.only().setting) == ("error", "partitions without a leader")


@pytest.mark.parametrize(
    ("name", "key", "value", "severity"),
    [
        (FORMS, "message.timestamp.type", "CreateTime", "error"),
        (SCORES, "cleanup.policy", "compact,delete", "error"),
        (FORMS, "cleanup.policy", "compact", "error"),
        (DLQ, "max.message.bytes", "1048588", "error"),
        (FORMS, "retention.ms", "1000", "warning"),
    ],
)
def test_each_setting_has_its_remedy_as_a_command_that_can_be_run(cluster, name, key, value, severity):
    """The remedy names the server, the topic, the setting and the value that it must have."""
    wanted = cluster.topics[name].configs[key]
    cluster.change(name, {key: value})
    finding = cluster.only()
    assert (finding.severity, finding.setting, finding.found, finding.expected) == (severity, key, value, wanted)
    command = f"kafka-configs.sh --bootstrap-server 127.0.0.1:9092 --alter --entity-type topics --entity-name {name}"
    assert f"{command} --add-config {key}={wanted}" in finding.remedy


def test_dead_letters_must_fit_what_somebody_let_their_topic_take(cluster):
    """An input that takes 5 MB needs a dead-letter topic that takes 5 MB and the headers."""
    cluster.change(FORMS, {"max.message.bytes": "5000000"})
    finding = cluster.only()
    assert (finding.severity, finding.topic, finding.setting) == ("error", DLQ, "max.message.bytes")
    assert f"max.message.bytes={5_000_000 + topics.DEAD_LETTER_HEADROOM_BYTES}" in finding.remedy
    cluster.change(DLQ, {"max.message.bytes": str(CHANGELOG_MAX_BYTES)})
    assert cluster.found() == []


@pytest.mark.parametrize(("have", "severity"), [(2, "error"), (4, "warning")])
def test_fewer_copies_than_asked_for_are_an_error_and_more_a_warning(cluster, have, severity):
    """LEADTIDE_KAFKA__REPLICATION_FACTOR is a promise in one direction."""
    cluster.change(SCORES, replicas=have, configs={"min.insync.replicas": "1" if have == 2 else "2"})
    finding = cluster.only()
    assert (finding.severity, finding.setting, finding.found) == (severity, "replicas", str(have))


@pytest.mark.parametrize(("production", "severity"), [(False, "warning"), (True, "error")])
def test_one_copy_on_a_cluster_of_several_brokers_is_told(production, severity):
    """Where no number was asked for, one copy is a warning, in production an error."""
    cluster = Cluster(replicas=None, production=production)
    cluster.change(SCORES, {"min.insync.replicas": "1"}, replicas=1)
    assert (cluster.only().severity, cluster.only().setting) == (severity, "replicas")


def test_one_copy_on_one_broker_is_all_that_can_be():
    """A single broker is development, and no fault of the topics."""
    cluster = Cluster(replicas=None)
    for name in list(cluster.topics):
        cluster.change(name, {"min.insync.replicas": "1"}, replicas=1)
    assert cluster.found(brokers=1) == []


@pytest.mark.parametrize(
    ("least", "severity", "set_to"), [("4", "error", "2"), ("3", "warning", "2"), ("1", "warning", "2")]
)
def test_replicas_in_sync_must_allow_writing_and_outlive_a_broker(cluster, least, severity, set_to):
    """More than there are is an error; all of them, or only one of three, is a warning."""
    cluster.change(SCORES, {"min.insync.replicas": least})
    finding = cluster.only()
    assert (finding.severity, finding.found) == (severity, least)
    assert f"min.insync.replicas={set_to}" in finding.remedy


def test_a_leader_that_may_lag_is_told(cluster):
    """Unclean elections give up acknowledged records."""
    cluster.change(SCORES, {"unclean.leader.election.enable": "true"})
    assert cluster.only().remedy.endswith("unclean.leader.election.enable=false")
