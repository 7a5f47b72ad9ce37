"""What must be so before a worker starts; each error says what to do."""

from __future__ import annotations

import asyncio
import contextlib
import logging

import faust.streams
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaConnectionError, KafkaError

from pipeline.errors import BrokerError, LeadtideError
from pipeline.settings import Settings
from pipeline.topic_check import check
from pipeline.topic_setup import administrator

logger = logging.getLogger(__name__)

_PROBE_SECONDS = 20.0


def require_compiled_streams() -> None:
    """Faust's pure-Python stream acknowledges stale messages: only the compiled one will do. Raises LeadtideError."""
    if getattr(faust.streams, "_CStreamIterator", None) is None:
        raise LeadtideError(
            "Faust's compiled stream is missing: install faust-streaming from a wheel, or with a C compiler, and "
            "without NO_CYTHON in the environment"
        )


async def require_topics(settings: Settings) -> None:
    """Check every topic; what is only unusual is said. Raises BrokerError with the remedies."""
    async with administrator(settings) as admin:
        findings = await check(admin, settings)
    errors = [finding for finding in findings if finding.severity == "error"]
    for finding in findings:
        if finding.severity == "warning":
            logger.warning("%s", finding)
    if errors:
        if all(finding.found == "missing" for finding in errors):
            names = ", ".join(finding.topic for finding in errors)
            raise BrokerError(f"{len(errors)} topics are missing; run: leadtide topics create\n  {names}")
        raise BrokerError("\n  ".join(["the topics are not as they must be:", *map(str, errors)]))


async def has_transactions(settings: Settings) -> bool:
    """Whether to write in transactions: the setting `delivery`, under `auto` what the broker answers.

    Raises:
        BrokerError: `exactly_once` is asked for and the broker has no transactions.
    """
    if settings.delivery == "at_least_once":
        return False
    problem = await _probe(settings)
    if problem is None:
        return True
    if settings.delivery == "exactly_once":
        raise BrokerError(
            f"LEADTIDE_DELIVERY=exactly_once, but the broker gives no transaction ({problem}): use Apache Kafka, or "
            "at_least_once"
        )
    return False


async def _probe(settings: Settings) -> str | None:
    """Ask for a transactional id; None if the broker gives one, else why not."""
    client = logging.getLogger("aiokafka.producer.sender")
    level = client.level
    client.setLevel(logging.CRITICAL)
    producer = AIOKafkaProducer(**settings.kafka.client_options(), transactional_id=f"{settings.group_id}-probe")
    try:
        await asyncio.wait_for(producer.start(), _PROBE_SECONDS)
    except KafkaConnectionError as error:
        raise BrokerError(f"the broker at {settings.kafka.bootstrap_servers} cannot be reached: {error}") from error
    except (KafkaError, TimeoutError) as error:
        return f"{type(error).__name__} to InitProducerId"
    finally:
        client.setLevel(level)
        with contextlib.suppress(KafkaError, TimeoutError, asyncio.CancelledError):
            await asyncio.wait_for(producer.stop(), _PROBE_SECONDS)
    return None
