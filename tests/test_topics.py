import pytest

from pipeline.settings import KafkaSettings, RetentionSettings
from pipeline.topics import CATALOGUE, CONSUMED, INPUTS, Role, dead_letters, names

KEEP = RetentionSettings()


def test_names_are_unique_and_carry_the_prefix():
    found = names(CATALOGUE, "acme.")
    assert len(set(found)) == len(CATALOGUE)
    assert all(name.startswith("acme.leads.") for name in found)


@pytest.mark.parametrize("topic", CONSUMED, ids=lambda topic: topic.name)
def test_every_consumed_topic_has_dead_letters_with_room_for_headers(topic):
    kept = dead_letters(topic)
    assert kept in CATALOGUE
    assert kept.name == f"{topic.name}.dlq"
    assert kept.max_message_bytes == topic.max_message_bytes + 65_536


@pytest.mark.parametrize("topic", INPUTS, ids=lambda topic: topic.name)
def test_inputs_are_stamped_by_the_broker(topic):
    assert topic.configs(KEEP)["message.timestamp.type"] == "LogAppendTime"


@pytest.mark.parametrize("topic", CATALOGUE, ids=lambda topic: topic.name)
def test_a_topic_either_compacts_or_forgets_by_age(topic):
    configs = topic.configs(KEEP)
    assert (configs["cleanup.policy"] == "delete") == ("retention.ms" in configs)


def test_retention_is_a_setting():
    kept = INPUTS[0].configs(RetentionSettings(inputs_days=1000))
    assert kept["retention.ms"] == str(1000 * 86_400_000)


def test_what_state_is_rebuilt_from_is_compacted():
    assert {topic.cleanup_policy for topic in CATALOGUE if topic.role is Role.TABLE} == {"compact"}


def test_the_longest_prefix_makes_names_that_kafka_takes():
    prefix = "p" * 100
    assert KafkaSettings(topic_prefix=prefix)
    assert max(map(len, names(CATALOGUE, prefix))) <= 249
