"""Create the topics that a cluster lacks. Nothing that exists is changed: `pipeline.topic_check` says what differs."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError, TopicAlreadyExistsError, for_code

from pipeline.errors import BrokerError
from pipeline.settings import Settings
from pipeline.topics import CATALOGUE, Topic, names

_PATIENCE = 30  # seconds for new topics to get their leaders


@asynccontextmanager
async def administrator(settings: Settings) -> AsyncIterator[AIOKafkaAdminClient]:
    """A connected admin client. Raises BrokerError if no broker can be reached."""
    admin = AIOKafkaAdminClient(**settings.kafka.client_options(), client_id=settings.group_id)
    try:
        await admin.start()
        yield admin
    except KafkaError as error:
        message = (
            f"the broker at {settings.kafka.bootstrap_servers} cannot be used: {error}; "
            "is it running (leadtide broker status), and is LEADTIDE_KAFKA__BOOTSTRAP_SERVERS right?"
        )
        raise BrokerError(message) from error
    finally:
        await admin.close()


async def create(admin: AIOKafkaAdminClient, settings: Settings) -> list[str]:
    """Create the topics that are missing; the names of those created, in the catalogue's order.

    Returns when all can be used: a broker says that it has created a topic before it knows it.

    Raises:
        BrokerError: the broker refuses one, or does not come to know them; some may exist by then.
    """
    prefix = settings.kafka.topic_prefix
    present = set(await admin.list_topics())
    missing = [topic for topic in CATALOGUE if topic.full_name(prefix) not in present]
    if not missing:
        return []
    response = await admin.create_topics([_new(topic, settings) for topic in missing])
    created = set()
    for name, code, message in response.topic_errors:
        error = for_code(code)
        if code == 0:
            created.add(name)
        elif error is not TopicAlreadyExistsError:
            text = f"the broker refuses to create {name}: {message or error.__name__}"
            raise BrokerError(text)
    await _wait_for(admin, set(names(CATALOGUE, prefix)))
    return [name for name in names(missing, prefix) if name in created]


async def _wait_for(admin: AIOKafkaAdminClient, wanted: set[str]) -> None:
    without_leader = wanted
    for _ in range(_PATIENCE * 20):
        described = await admin.describe_topics()
        led = {entry["topic"] for entry in described if all(part["leader"] >= 0 for part in entry["partitions"])}
        without_leader = wanted - led
        if not without_leader:
            return
        await asyncio.sleep(0.05)
    text = (
        f"after {_PATIENCE} s these topics have no leader: {', '.join(sorted(without_leader))}; is the cluster whole?"
    )
    raise BrokerError(text)


def _new(topic: Topic, settings: Settings) -> NewTopic:
    kafka = settings.kafka
    new = NewTopic(
        topic.full_name(kafka.topic_prefix),
        kafka.partitions,
        kafka.replication_factor or 1,
        topic_configs=topic.configs(settings.retention),
    )
    # The client refuses -1, the protocol's word for the broker's default.
    new.replication_factor = kafka.replication_factor or -1
    return new
