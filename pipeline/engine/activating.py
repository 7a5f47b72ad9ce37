"""A change of model on a running partition (contract: scoring.md, The model file).

At its place in the log all leads of the partition come over: each does what it has to do up to that instant under the
former model, is scored again at that very instant, and goes on under the new one. That takes a while where there are
many, so it is done beside the stream: whoever is touched first comes over first, the others in steps. Which model a
lead was decided under stands with the lead (`Profile.epoch`), both models stand in the changelog (`MODEL_KEY`), so that
a new owner goes on wherever the last one was.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import orjson

from pipeline.engine.accounts import Accounts
from pipeline.engine.deciding import Decider
from pipeline.engine.errors import Refused
from pipeline.engine.exchange import Exchange
from pipeline.engine.facts import FactMaker
from pipeline.engine.receiving import Receiver
from pipeline.engine.stepping import Steps
from pipeline.engine.table import ProfileTable
from pipeline.errors import RecoveryError
from pipeline.events import Event
from pipeline.models import ModelFindings, parse_model
from pipeline.scoring.accounts import is_account
from pipeline.scoring.activity import Activity
from pipeline.scoring.model import Model
from pipeline.scoring.scorer import Scorer

logger = logging.getLogger(__name__)

MODEL_KEY = b"\x00model"
"""The changelog's record of the model in force. No subject id begins with NUL."""

FORMAT = 1


@dataclass(frozen=True, slots=True)
class ModelChange:
    """From `instant` (ms) on the model in `text` is in force. `id` tells one change from another.

    `digest` is the model's where it was sent from, `renamed` the stages of the former model → those of this one.
    """

    id: str
    instant: int
    text: str
    digest: str = ""
    renamed: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class InForce:
    """The model in force in a partition, as the changelog keeps it.

    `activation` is the id of the change that brought it ('' if the partition began with it), `since` its instant,
    `former` the text of the model before. `complete` are the names that every stored fact has been kept with.
    """

    text: str
    name: str
    epoch: int = 0
    activation: str = ""
    since: int = -1
    renamed: Mapping[str, str] = field(default_factory=dict)
    former: str = ""
    complete: frozenset[str] = frozenset()

    def pack(self) -> bytes:
        """The record's value: JSON with a format version."""
        return orjson.dumps(
            {
                "format": FORMAT,
                "text": self.text,
                "name": self.name,
                "epoch": self.epoch,
                "activation": self.activation,
                "since": self.since,
                "renamed": dict(self.renamed),
                "former": self.former,
                "complete": sorted(self.complete),
            }
        )

    @classmethod
    def unpack(cls, value: bytes) -> InForce:
        """The record in a value. Raises RecoveryError if it cannot be read."""
        try:
            found = orjson.loads(value)
            if found.pop("format") != FORMAT:
                raise RecoveryError("the changelog's model was written by a later version of Leadtide: run that one")
            return cls(**found | {"complete": frozenset(found["complete"])})
        except (orjson.JSONDecodeError, AttributeError, KeyError, TypeError) as error:
            raise RecoveryError(f"the changelog's model cannot be read ({error!r}): {value[:80]!r}") from error


def name_of(model: Model) -> str:
    """A model as people and markers name it: its id and version."""
    return f"{model.id} {model.model_version}"


class Changeover:
    """The model in force in one partition, and its change."""

    def __init__(
        self,
        model: Model,
        *,
        table: ProfileTable,
        decider: Decider,
        steps: Steps,
        exchange: Exchange,
        receiver: Receiver,
        accounts: Accounts,
    ) -> None:
        self.model = model
        self.in_force = InForce(model.text, name_of(model), complete=model.kept_names)
        self.is_changing = False
        self._table, self._decider, self._steps, self._exchange = table, decider, steps, exchange
        self._receiver, self._accounts = receiver, accounts
        self._left: list[str] = []
        self._waiting: list[str] = []
        """Those that were looked at and could not come over yet: something of before is still to come."""
        self._is_written = False

    def activate(self, change: ModelChange, time: int) -> int:
        """Change the model at the change's instant, or at `time`, the partition's, if that is past; which it is.

        A change that was made already changes nothing. Raises Refused if the text is no model here.
        """
        if change.id == self.in_force.activation:
            return self.in_force.since
        try:
            model = parsed(change.text)
        except ModelFindings as findings:
            raise Refused("unusable_model", f"{findings.findings[0]}") from findings
        if change.digest and change.digest != model.digest:
            logger.warning(
                "the model %s was sent as one of digest %.8s: the lists of crawlers or of free-mail domains that ship "
                "with this release are others than where it was sent from; use one release everywhere",
                name_of(model),
                change.digest,
            )
        self.bring_over(None, finally_=True)
        before, since = self.in_force, max(change.instant, time)
        self.in_force = InForce(
            change.text,
            name_of(model),
            before.epoch + 1,
            change.id,
            since,
            dict(change.renamed),
            before.text,
            before.complete & model.kept_names,
        )
        self._use(model)
        return since

    def bring_over(self, limit: int | None, *, finally_: bool = False) -> int:
        """Let leads come over, `limit` at most; how many were looked at.

        0 while it is done, or while it has to wait: facts of before may still be on their way from other partitions.
        `finally_`: wait for nothing.
        """
        if not self.is_changing or (self._steps.horizon <= self.in_force.since and not finally_):
            return 0
        if not self._left:
            self._left, self._waiting = self._waiting, []
        seen = moved = 0
        while self._left and seen != limit:
            profile = self._table.get(self._left.pop())
            seen += 1
            if profile is not None and is_account(profile):
                self._accounts.come_over(profile)
                moved += 1
            elif profile is None or self._steps.come_over(profile, finally_=finally_):
                self._exchange.deliver()
                moved += 1
            else:
                self._waiting.append(profile.subject)
        if not self._left and not self._waiting:
            self._finish()
        return seen if moved or self._left else 0

    def written(self) -> list[tuple[bytes, bytes | None]]:
        """The record for the changelog, if it has none of this model yet."""
        if self._is_written:
            return []
        self._is_written = True
        return [(MODEL_KEY, self.in_force.pack())]

    def write_over(self) -> None:
        """Hand the record out again."""
        self._is_written = False

    def load(self, value: bytes | None) -> None:
        """Recovery: the changelog's record (None: there is none any more)."""
        if value is not None:
            self.in_force, self._is_written = InForce.unpack(value), True

    def state(self) -> dict[str, Any]:
        """For the marker: the model's name, how it came, and whether leads are still to come over."""
        state: dict[str, Any] = {"model": self.in_force.name}
        if self.in_force.activation:
            state["activation"] = self.in_force.activation
        if self.is_changing:
            state["coming_over"] = len(self._left) + len(self._waiting)
        return state

    def restore(self, state: Mapping[str, Any]) -> None:
        """Recovery: put the loaded model in force, after the table was loaded."""
        if self.in_force.text == self.model.text and not self.in_force.epoch:
            return
        try:
            former, model = parsed(self.in_force.former or self.in_force.text), parsed(self.in_force.text)
        except ModelFindings as findings:
            raise RecoveryError(
                f"the model in force, {self.in_force.name}, cannot be used by this version of Leadtide: {findings}"
            ) from findings
        decider = self._decider
        decider.restart(Scorer(former, decider.language), self.in_force.epoch - 1)
        self._accounts.change()
        self._use(model)
        if "coming_over" not in state:
            self._finish()

    def _use(self, model: Model) -> None:
        decider, since = self._decider, self.in_force.since
        former = self._receiver.facts
        self.model = model
        decider.change(Scorer(model, decider.language), since, self.in_force.renamed)
        self._accounts.change()
        if isinstance(former, FactMaker):
            self._receiver.facts = _Makers(former, FactMaker(model), since, self._steps)
        self._left, self._waiting = self._table.subjects(), []
        self.is_changing, self._is_written = True, False

    def _finish(self) -> None:
        self.is_changing = False
        self._left, self._waiting = [], []
        self._decider.forget_former()
        self._receiver.facts = FactMaker(self.model)


class _Makers(FactMaker):
    """Makes facts of before the change as the former model keeps them, as long as they are still to be expected."""

    def __init__(self, former: FactMaker, present: FactMaker, since: int, steps: Steps) -> None:
        self._former, self._present, self._since, self._steps = former, present, since, steps

    def fact_of(self, event: Event) -> Activity:
        """The event as a fact."""
        is_before = event.occurred_at <= self._since and self._steps.horizon <= self._since
        return (self._former if is_before else self._present).fact_of(event)


@lru_cache(maxsize=8)
def parsed(text: str) -> Model:
    """The model in a text; all partitions of a process share it. Raises ModelFindings."""
    return parse_model(text, "the activated model")
