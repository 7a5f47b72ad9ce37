"""The files of `leadtide replay`, from the topics of a running system."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.analysis.outputs import (
    Reader,
    Row,
    account_rows,
    is_lead,
    without_erased,
    write_accounts,
    write_dead_letters,
    write_scores,
    write_signals,
    write_stage_changes,
)
from pipeline.clients.dead_letters import read_dead_letters
from pipeline.clients.reading import documents
from pipeline.codec.instants import parse_instant
from pipeline.engine.erased import Erasures
from pipeline.engine.packing import unpack
from pipeline.scoring.model import Model
from pipeline.scoring.scorer import Scorer
from pipeline.settings import Settings
from pipeline.streaming.profiles import read_profiles
from pipeline.topics import SIGNALS, STAGE_CHANGES, Topic


@dataclass(frozen=True, slots=True)
class Export:
    """What is exported: scores at `until` (ms), stage changes and signals up to it, all dead letters."""

    settings: Settings
    model: Model
    until: int
    attributes: Sequence[str] = ()
    ledger: bool = False

    async def write(self, out: Path) -> dict[str, int]:
        """Write the files into the folder `out`; returns how many lines each has.

        Raises BrokerError, and HistoryError if a lead has been decided after `until` already.
        """
        changes = await self._once(STAGE_CHANGES, "change_id")
        signals = await self._once(SIGNALS, "signal_id")
        dead_letters = await self._dead_letters()
        accounts: list[Row] = []
        erased = Erasures(self.settings.salt)
        scores = [row async for row in self._scores(accounts, erased)]
        written = {
            "scores": write_scores(out, scores),
            "stage_changes": write_stage_changes(out, without_erased(changes, erased)),
            "signals": write_signals(out, without_erased(signals, erased)),
            "dead_letters": write_dead_letters(out, dead_letters),
        }
        if self.model.account is not None:
            written["accounts"] = write_accounts(out, accounts)
        return written

    async def _scores(self, accounts: list[Row], erased: Erasures) -> AsyncGenerator[Row]:
        """The scores of leads; what lies among them, accounts and who is erased, goes to `accounts` and `erased`."""
        reader = Reader(Scorer(self.model, self.settings.language))
        async for _, packed in read_profiles(self.settings, erased=erased):
            profile = unpack(packed)
            if is_lead(profile):
                yield reader.score_row(profile, self.until, self.attributes, ledger=self.ledger)
            accounts += account_rows([profile], self.model, self.until)

    async def _once(self, topic: Topic, identifier: str) -> list[Row]:
        """The documents up to `until`, each once: without transactions a crash may have repeated some."""
        found: dict[str, Row] = {}
        names = [topic.full_name(self.settings.kafka.topic_prefix)]
        async for _, document in documents(self.settings, names, from_beginning=True, follow=False):
            if document is not None and parse_instant(document["occurred_at"]) <= self.until:
                found[document[identifier]] = document
        return list(found.values())

    async def _dead_letters(self) -> list[Row]:
        columns = ("reason", "message", "sha256", "topic", "partition", "offset")
        found: dict[tuple[str, int, int], Row] = {}
        async for letter in read_dead_letters(self.settings):
            document = letter.document()
            found[letter.topic, letter.partition, letter.offset] = {name: document[name] for name in columns}
        return list(found.values())
