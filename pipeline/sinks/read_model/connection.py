"""The connection to Redis, and what its failures mean."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import NamedTuple

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import (
    AuthenticationError,
    AuthorizationError,
    BusyLoadingError,
    NoPermissionError,
    OutOfMemoryError,
    ReadOnlyError,
    RedisError,
)
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

from pipeline.errors import InputError
from pipeline.metrics import RedisError as Label
from pipeline.redis_settings import RedisSettings


class Failure(NamedTuple):
    """What went wrong: for the metrics, and for people."""

    label: Label
    text: str


_MEANINGS: tuple[tuple[tuple[type[Exception], ...], Label, str], ...] = (
    ((OutOfMemoryError,), Label.OUT_OF_MEMORY, "it is full (maxmemory): give it more memory, or free some"),
    ((BusyLoadingError,), Label.OTHER, "it is still loading its data"),
    ((ReadOnlyError,), Label.OTHER, "it is a replica and takes no writes: LEADTIDE_REDIS__URL must name the primary"),
    (
        (AuthenticationError, AuthorizationError, NoPermissionError),
        Label.OTHER,
        "it refuses us: see LEADTIDE_REDIS__USERNAME, LEADTIDE_REDIS__PASSWORD and the rights of that user",
    ),
    ((RedisTimeoutError,), Label.TIMEOUT, "it does not answer in time (LEADTIDE_REDIS__TIMEOUT_SECONDS)"),
    ((RedisConnectionError,), Label.CONNECTION, "it cannot be reached"),
)


@asynccontextmanager
async def connected(settings: RedisSettings, *, timeout_seconds: float | None = None) -> AsyncIterator[Redis]:
    """A client of the server that the settings name; it connects with its first call.

    It makes no call a second time by itself: whoever writes must first find out what the first one did.
    Raises InputError if no server is named.
    """
    if settings.url is None:
        raise InputError("there is no read model: set LEADTIDE_REDIS__URL, for example to redis://127.0.0.1:6379/0")
    timeout = timeout_seconds or settings.timeout_seconds
    client = Redis.from_url(
        settings.url,
        socket_timeout=timeout,
        socket_connect_timeout=timeout,
        retry=Retry(NoBackoff(), 0),
        client_name="leadtide",
        **settings.client_options(),
    )
    try:
        yield client
    finally:
        await client.aclose()


def failure(error: RedisError) -> Failure:
    """What the error means and what to do. It holds no address, no password and nothing that was sent."""
    for kinds, label, text in _MEANINGS:
        if isinstance(error, kinds):
            return Failure(label, text)
    return Failure(Label.OTHER, f"{type(error).__name__}: {str(error)[:200]}")
