"""What is stored of a subject: its facts, where it stands in the lifecycle, and what belongs to it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

from pipeline.scoring.activity import Facts, FactSet


class Visits(NamedTuple):
    """How often a lead was in a stage that it left, how long in all (ms), and when the last time (ms; −1: not kept)."""

    times: int = 0
    spent_ms: int = 0
    entered_at: int = -1
    left_at: int = -1


class Entry(NamedTuple):
    """By which transition the present stage was entered, and how things stood when its `when` came true at `asked_at`.

    `path`, `entered_at` and `spent` are those of the standing before; `marked` the activities marked by then.
    """

    transition: str
    asked_at: int
    path: list[tuple[str, str]]
    entered_at: int
    spent: list[str]
    marked: list[str]


class Loan(NamedTuple):
    """The standing before a merge in which that of `source` was taken over, told by the record `seq` (0: not yet)."""

    source: str
    seq: int
    standing: Standing


@dataclass(slots=True, eq=False)
class Standing:
    """Where a lead stands in the lifecycle (contract: lifecycle.md).

    `path` are the stages it would go back through, the present one last, each with the key of the transition that
    entered it ('' for the entry stage, a manual set, or an entry that has no `leave`). `fired` is the last firing of
    each transition (ms), `spent` the activities that made a transition fire at the instant of the present entry.
    `visits` is the history of the stages that were left. `recent` are the instants of transitions
    since the last fact; `looped` says that the lead waits for its next fact after a loop. `own` says that a
    transition of its own was made, `adopted` the highest `last_seq` of a lead whose standing was taken over.

    `entered_seq` is the `seq` of the record that told of the present entry (0: none did), `entry` what would take that
    entry back (None: it cannot be). `waiting`: transition → since when it waits for approvals. `held`: transition ('':
    the present `leave`) → the instant at which it was held back. `told`: keys of what is told once per entry, such as
    a breach. `manual` is the place (`occurred_at`, `event_id`) of the latest `crm.stage_set` obeyed, `pinned` what it
    and earlier ones say.
    """

    path: list[tuple[str, str]] = field(default_factory=list)
    entered_at: int = 0
    seq: int = 0
    fired: dict[str, int] = field(default_factory=dict)
    spent: dict[str, list[str]] = field(default_factory=dict)
    visits: dict[str, Visits] = field(default_factory=dict)
    recent: list[int] = field(default_factory=list)
    looped: bool = False
    own: bool = False
    adopted: int = 0
    entered_seq: int = 0
    entry: Entry | None = None
    waiting: dict[str, int] = field(default_factory=dict)
    held: dict[str, int] = field(default_factory=dict)
    told: list[str] = field(default_factory=list)
    manual: tuple[int, str] = (-1, "")
    pinned: bool = False

    def note_leaving(self, instant: int) -> None:
        """Write the present stay, which ends at the instant, into the history."""
        before, began = self.visits.get(self.stage, Visits()), self.entered_at
        spent_ms = before.spent_ms + max(0, instant - began)
        self.visits[self.stage] = Visits(before.times + 1, spent_ms, began, instant)

    @property
    def stage(self) -> str:
        """The present stage; '' before the first fact has been decided."""
        return self.path[-1][0] if self.path else ""


class Ahead(Protocol):
    """How soon a lead can change by itself, before the instant has been worked out."""

    not_before: int
    """The earliest that it can be, in ms."""

    def due(self) -> int | None:
        """Work it out: the exact instant, None for never."""

    def is_known(self, profile: Profile) -> None:
        """Called once, when the profile has the exact instant."""


@dataclass(slots=True, eq=False)
class Profile:
    """One subject: a lead, or an identifier that has become an alias of one.

    `alias_of` is the subject an address, an external id or a merged lead belongs to. A visitor that is bound keeps
    `bindings`, (instant, subject) in order, instead. `visitors` of a lead: visitor subject → first instant of the
    binding. `aliases` are all subjects that belong to this one, directly or not, each with the subject it was bound
    to. `clock` is the latest instant at which the lead was decided (−1: never), `pending` the instant at which newer
    facts wait to be decided, `due` the first instant at which something changes by itself; that is worked out when
    somebody asks, until then `ahead` tells how soon it can be. `raised` are keys of signals that are raised only once.
    `absorbed` are the absorbed subjects (id, last_seq, stage) not announced yet, `came_from` the stage before them.

    What lies in other partitions takes its time. `waits`: subjects whose histories have not come yet → the subject they
    are bound to, the lead or an alias of it → since when; nothing is decided at that instant or later before. `inbox`:
    (instant, message) of what has come and takes effect once everything before its instant is decided. `leaving`: the
    instant at which an alias hands over what is known of it, until it has; facts before it stay until then. `severed`:
    subject → the latest instant at which a merge into it was undone; `merged_at`: the instant of the merge in force
    (−1: none).

    `epoch` says under which model it was decided last: how many changes of model its partition had had by then.

    `loan` is there while the standing is another's. `recheck` says that facts were taken away since the last decision:
    what they had brought about is asked again. `said`: keys of signals that depend on what was → when they were last
    true. `wake` is the first instant at which there is something to do by itself that changes neither stage nor grade.

    An account has `contacts` (lead id → what it announced last); a lead has announced itself to the account `member`
    with `announced` points (None: nowhere).
    """

    subject: str
    facts: Facts = field(default_factory=FactSet)
    standing: Standing = field(default_factory=Standing)
    alias_of: str = ""
    bindings: list[tuple[int, str]] = field(default_factory=list)
    visitors: dict[str, int] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)
    raised: set[str] = field(default_factory=set)
    absorbed: list[tuple[str, int, str]] = field(default_factory=list)
    came_from: str | None = None
    clock: int = -1
    pending: int | None = None
    _due: int | None = None
    waits: dict[str, dict[str, int]] = field(default_factory=dict)
    inbox: list[tuple[int, bytes]] = field(default_factory=list)
    leaving: int | None = None
    severed: dict[str, int] = field(default_factory=dict)
    merged_at: int = -1
    epoch: int = 0
    loan: Loan | None = None
    recheck: bool = False
    said: dict[str, int] = field(default_factory=dict)
    wake: int | None = None
    contacts: dict[str, list[Any]] = field(default_factory=dict)
    member: str = ""
    announced: float | None = None
    ahead: Ahead | None = field(default=None, init=False)

    @property
    def due(self) -> int | None:
        """The first instant at which something changes by itself, or None."""
        ahead = self.ahead
        if ahead is not None:
            self.due = ahead.due()
            ahead.is_known(self)
        return self._due

    @due.setter
    def due(self, instant: int | None) -> None:
        self._due, self.ahead = instant, None

    @property
    def is_alias(self) -> bool:
        """Whether another subject answers for this one."""
        return bool(self.alias_of or self.bindings)

    @property
    def next_at(self) -> int | None:
        """The instant at which something has to be done next, or None: a decision, or what `next_task` says.

        While there is an `ahead` this may be an instant at which the lead turns out not to change yet.
        """
        due = self._due if self.ahead is None else self.ahead.not_before
        if due is None or (self.wake is not None and self.wake < due):
            due = self.wake
        if self.pending is None or due is None:
            decision = due if self.pending is None else self.pending
        else:
            decision = min(self.pending, due)
        if not self.waits and not self.inbox and self.leaving is None:
            return decision
        end = self.decided_until
        if decision is not None and end is not None and decision >= end:
            decision = None
        task = self.next_task
        return decision if task is None or (decision is not None and decision < task) else task

    @property
    def next_task(self) -> int | None:
        """The instant of what comes first out of the inbox or is the handing over, or None while that has to wait."""
        first = self.inbox[0][0] if self.inbox else self.leaving
        if first is None:
            return None
        if self.leaving is not None:
            first = min(first, self.leaving)
        return None if self.waits and min(map(self.waits_since, self.waits)) < first else first

    @property
    def freed_from(self) -> str | None:
        """The lead this one was merged into, while what it gives back has not come."""
        for source, instant in self.severed.items():  # a merge of before into this one is waited for from then on
            if self.waits.get(source, {}).get(self.subject, -1) >= instant:
                return source
        return None

    @property
    def decided_until(self) -> int | None:
        """Nothing is decided at this instant or later, for now: the lead waits, or hands over then."""
        ends = [*map(self.waits_since, self.waits), *(() if self.leaving is None else (self.leaving,))]
        return min(ends, default=None)

    def waits_since(self, subject: str) -> int:
        """Since when (ms) this subject, which is waited for, belongs to the lead."""
        return min(self.waits[subject].values())

    def wait_for(self, subject: str, bound_to: str, instant: int) -> None:
        """From `instant` on `subject` is bound to `bound_to`, the lead or an alias of it: what is known of it comes."""
        since = self.waits.setdefault(subject, {})
        since[bound_to] = min(instant, since.get(bound_to, instant))
