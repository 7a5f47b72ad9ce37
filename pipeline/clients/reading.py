"""Reading topics as they are: all partitions, no group."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.structs import ConsumerRecord

from pipeline.clients.connection import consumer, require_topics
from pipeline.codec.outbound import Document, OutputReader
from pipeline.codec.registry import Registry
from pipeline.errors import InputError
from pipeline.registration import told
from pipeline.settings import Settings

_POLL_MS = 200


async def read(
    settings: Settings, topics: Sequence[str], *, from_beginning: bool, follow: bool
) -> AsyncGenerator[ConsumerRecord]:
    """The committed records of `topics` (full names), partition by partition in the order of their offsets.

    From the beginning or from now on; with `follow` for ever, else up to the end as it is at the start.
    Raises BrokerError if the broker or a topic is not there.
    """
    async with consumer(settings) as client:
        await require_topics(client, settings, topics)
        partitions = await partitions_of(client, topics)
        ends = await ends_of(client, partitions)
        starts = await client.beginning_offsets(partitions) if from_beginning else ends
        client.assign(partitions)
        for partition in partitions:
            client.seek(partition, starts[partition])
        while follow or await _is_behind(client, ends):
            for records in (await client.getmany(timeout_ms=_POLL_MS)).values():
                for record in records:
                    if follow or record.offset < ends[TopicPartition(record.topic, record.partition)]:
                        yield record


async def documents(
    settings: Settings, topics: Sequence[str], *, from_beginning: bool, follow: bool
) -> AsyncGenerator[tuple[ConsumerRecord, Document | None]]:
    """As `read`, of output topics, with what each record says, in whatever form it was written; None: a tombstone.

    Raises BrokerError, RegistryError if a schema has to be asked for and cannot be, InputError for a record that no
    release of ours wrote.
    """
    outputs = output_reader(settings)
    async with aclosing(read(settings, topics, from_beginning=from_beginning, follow=follow)) as records:
        async for record in records:
            yield record, await document_of(outputs, record)


def output_reader(settings: Settings) -> OutputReader:
    """A reader of output records, with the registry of the settings if there is one."""
    return OutputReader(Registry(settings.registry) if settings.registry.url else None)


async def document_of(outputs: OutputReader, record: ConsumerRecord) -> Document | None:
    """What an output record says; raises as `documents` does, except BrokerError."""
    if record.value is None:
        return None
    try:
        with told():
            return await outputs.document(record.value)
    except ValueError as error:
        raise InputError(f"{record.topic}, partition {record.partition}, offset {record.offset}: {error}") from error


async def partitions_of(client: AIOKafkaConsumer, topics: Sequence[str]) -> list[TopicPartition]:
    """All partitions of existing topics, by topic as given and number."""
    # A consumer without a subscription knows no topics by itself.
    cluster = await client._client.fetch_all_metadata()  # noqa: SLF001 - has no other
    return [
        TopicPartition(topic, number)
        for topic in topics
        for number in sorted(cluster.partitions_for_topic(topic) or ())
    ]


async def ends_of(client: AIOKafkaConsumer, partitions: Sequence[TopicPartition]) -> dict[TopicPartition, int]:
    """Where the committed records of `partitions` end now. Changes what the consumer is assigned.

    The broker's word for it is checked by reading the last record: the embedded broker takes the beginning of the
    last batch for the end.
    """
    starts = await client.beginning_offsets(list(partitions))
    ends: dict[TopicPartition, int] = await client.end_offsets(list(partitions))
    filled = [partition for partition in partitions if ends[partition] > starts[partition]]
    if filled:
        client.assign(filled)
        for partition in filled:
            client.seek(partition, ends[partition] - 1)
        while await _is_behind(client, {partition: ends[partition] for partition in filled}):
            await client.getmany(timeout_ms=_POLL_MS)
        for partition in filled:
            ends[partition] = await client.position(partition)
    return ends


async def _is_behind(client: AIOKafkaConsumer, ends: dict[TopicPartition, int]) -> bool:
    # Not by counting: markers of transactions and aborted records move the position without yielding anything.
    for partition, end in ends.items():
        if await client.position(partition) < end:
            return True
    return False
