"""Runs the Faust app as a process: checks first, quiet console, clean exit on SIGTERM and SIGINT."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import threading
from signal import Signals
from typing import NoReturn

import faust
import uvloop

from pipeline.errors import BrokerError
from pipeline.metrics import WorkerMetrics
from pipeline.streaming import fatal, validation, vitals
from pipeline.streaming.app import App
from pipeline.streaming.failpoints import Failpoints
from pipeline.streaming.faust_logger import FAUST_LOGGER
from pipeline.streaming.owned import NewEngine
from pipeline.streaming.wire import Wire

logger = logging.getLogger(__name__)

STOP_SECONDS = 15
"""A worker that has not stopped so long after SIGTERM ends as if it were killed: orchestrators wait 30 s."""


class Worker(faust.Worker):
    """Faust's worker without its console decoration and its logging set-up (ours is done by then)."""

    logger = FAUST_LOGGER

    def _setproctitle(self, info: str, *, ident: str = "leadtide worker") -> None:
        """Leave the title alone: it would show settings."""

    def _shutdown_loop(self) -> None:
        """Leave at once: everything is written, and Faust would sleep for two seconds here."""
        if self.crash_reason is not None and not isinstance(self.crash_reason, asyncio.CancelledError):
            fatal.die_of(self.crash_reason, "crashed")
        logging.shutdown()
        sys.stdout.flush()
        os._exit(0)

    def _schedule_shutdown(self, signal: Signals) -> None:
        """Stop, but not for ever: without a broker the last checkpoint cannot be written."""
        message = f"not stopped {STOP_SECONDS} s after {signal.name}: is the broker there? The next worker recovers"
        deadline = threading.Timer(STOP_SECONDS, fatal.die, (message,), {"code": BrokerError.exit_code})
        deadline.daemon = True
        deadline.start()
        super()._schedule_shutdown(signal)

    def carp(self, msg: str) -> None:
        """Say nothing about signals."""


def prepare(
    app: App,
    new_engine: NewEngine,
    *,
    failpoints: Failpoints,
    metrics: WorkerMetrics | None = None,
    wire: Wire | None = None,
) -> None:
    """Check what must be so before a worker starts. Raises LeadtideError."""
    settings = app.settings
    validation.require_compiled_streams()

    async def check() -> bool:
        await validation.require_topics(settings)
        return await validation.has_transactions(settings)

    transactions = asyncio.run(check())
    if transactions:
        logger.info("delivery: exactly once, in transactions")
    else:
        logger.warning(
            "delivery: at least once (%s); after a crash outputs may repeat, with the same change_id",
            "as set" if settings.delivery == "at_least_once" else "this broker has no transactions",
        )
    app.serve(new_engine, transactions=transactions, failpoints=failpoints, metrics=metrics, wire=wire)


def run(app: App, *, log_level: int) -> NoReturn:
    """Run until SIGTERM or SIGINT (exit code 0 after a last checkpoint), or until something cannot go on.

    Raises:
        InputError: metrics cannot be served where the settings say.
    """
    asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    # From here to the end, also while we join and while we leave.
    loop.run_until_complete(vitals.serve(app))
    worker = Worker(app, loglevel=log_level, quiet=True, redirect_stdouts=False, override_logging=False, loop=loop)
    worker.spinner = None
    worker.execute_from_commandline()
