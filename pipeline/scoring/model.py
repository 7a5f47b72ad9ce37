"""The scoring model as data: what the loader makes of the YAML file (contract: scoring.md, lifecycle.md).

All durations are in ms, all points are floats. Everything is frozen: a model never changes, it is replaced.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from pipeline.scoring.conditions import Condition, Frequency, Selector
from pipeline.scoring.working_time import Calendar, Within

Titles = Mapping[str, str]
"""Language tag ('en', 'zh-CN', 'zh-TW') → title; the key '' holds a title given as plain text."""


@dataclass(frozen=True, slots=True)
class Decay:
    """How points fade with age a (ms): 'none', 'half_life' (`span_ms` = h), 'linear' (d), 'window' (d), 'steps'.

    `steps` are (boundary_ms, factor), ascending by boundary.
    """

    kind: Literal["none", "half_life", "linear", "window", "steps"] = "none"
    span_ms: int = 0
    steps: tuple[tuple[int, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Points:
    """Points of one paid activity: `fixed`, or min(`max`, `factor` × the number in `per`) if `per` is set."""

    fixed: float = 0.0
    per: str | None = None
    factor: float = 1.0
    max: float | None = None


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `count` paid activities (in each (t − per_ms, t] if `per_ms` is set), for each value of `by` if set."""

    count: int
    per_ms: int | None = None
    by: str | None = None


@dataclass(frozen=True, slots=True)
class AttributeRule:
    """Explicit rule: pays `points` while `when` holds on the attributes."""

    id: str
    when: Condition | None
    points: float
    titles: Titles = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ActivityRule:
    """Implicit rule: pays each eligible activity within its limit, decayed; `min`/`max` clip the rule's sum."""

    id: str
    selector: Selector
    points: Points
    decay: Decay
    limit: Limit | None = None
    min: float | None = None
    max: float | None = None
    titles: Titles = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FrequencyRule:
    """Implicit rule: pays fixed, undecayed points while the frequency holds."""

    id: str
    frequency: Frequency
    points: float
    titles: Titles = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class BestOf:
    """Pays its highest paying member only (0 if none pays); with `weight`: weight × points / 100.

    Members are rules without an own place in the sum; their ids are '<id>[1]', '<id>[2]' … unless given.
    """

    id: str
    members: tuple[AttributeRule | ActivityRule | FrequencyRule, ...]
    weight: float | None = None
    min: float | None = None
    max: float | None = None
    titles: Titles = field(default_factory=dict)


Rule = AttributeRule | ActivityRule | FrequencyRule | BestOf


@dataclass(frozen=True, slots=True)
class Group:
    """Clips the sum of several rules; a rule is in one group at most."""

    id: str
    rules: tuple[str, ...]
    min: float | None = None
    max: float | None = None
    titles: Titles = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Category:
    """The explicit or the implicit half: rules in declared order, groups, and the range of the sum (None: open)."""

    rules: tuple[Rule, ...] = ()
    groups: tuple[Group, ...] = ()
    lowest: float | None = None
    highest: float | None = None


@dataclass(frozen=True, slots=True)
class Grades:
    """Cuts, highest first: (letter or digit, least score). A score below all gets the label after the last one.

    `explicit` (('A', 75.0), ('B', 50.0), ('C', 25.0)) with `explicit_rest` 'D'; likewise 1, 2, 3 and '4'.
    """

    explicit: tuple[tuple[str, float], ...] = (("A", 75.0), ("B", 50.0), ("C", 25.0))
    implicit: tuple[tuple[str, float], ...] = (("1", 75.0), ("2", 50.0), ("3", 25.0))
    explicit_rest: str = "D"
    implicit_rest: str = "4"

    def letter(self, explicit: float) -> str:
        """The letter for an explicit score."""
        return next((label for label, cut in self.explicit if explicit >= cut), self.explicit_rest)

    def digit(self, implicit: float) -> str:
        """The digit for an implicit score."""
        return next((label for label, cut in self.implicit if implicit >= cut), self.implicit_rest)


@dataclass(frozen=True, slots=True)
class Bots:
    """What marks an activity as a machine's. `honeypots` are predicates on the path, `honeypot_globs` their texts.

    `is_crawler` answers whether a user agent is on the crawler list (injected by the loader).
    """

    is_crawler: Callable[[str], bool]
    min_delay_ms: int = 2000
    burst: int = 5
    honeypots: tuple[Callable[[str], bool], ...] = ()


@dataclass(frozen=True, slots=True)
class Internal:
    """Insiders: `email_domains` (lower case) mark all activities of a lead, `is_internal_ip` marks one event."""

    email_domains: frozenset[str] = frozenset()
    is_internal_ip: Callable[[str], bool] | None = None


@dataclass(frozen=True, slots=True)
class Consent:
    """`purposes`: kind of event ('web', 'email' …) → purpose it needs. `unknown` True: never stated means allowed."""

    purposes: Mapping[str, str] = field(default_factory=dict)
    unknown: bool = True


@dataclass(frozen=True, slots=True)
class Sla:
    """How fast sales must act in a stage: a fact of one of the types `until` from entry to deadline satisfies it.

    Without `until` only leaving the stage does. `calendar` None: around the clock. `escalate`: who is told of a breach.
    """

    within: Within
    calendar: Calendar | None = None
    until: frozenset[str] = frozenset()
    escalate: str | None = None


@dataclass(frozen=True, slots=True)
class Nurture:
    """The program that a lead in this stage is to get, if it permits."""

    track: str
    titles: Titles = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage of the lifecycle; `kind` 'active', 'won' or 'side'."""

    id: str
    kind: Literal["active", "won", "side"] = "active"
    titles: Titles = field(default_factory=dict)
    sla: Sla | None = None
    nurture: Nurture | None = None


@dataclass(frozen=True, slots=True)
class Approval:
    """One step that must be approved before a transition fires, `within` a time from the step before (None: any)."""

    step: str
    within: Within | None = None
    calendar: Calendar | None = None
    escalate: str | None = None


@dataclass(frozen=True, slots=True)
class Transition:
    """From any stage of `sources` to `to` when `when` holds (and `leave`, if any, holds too).

    `key` is unique and stable: the `id` of the file, else 'from>to' ('a|b>to' for several), with '#2' … if repeated.
    """

    key: str
    sources: tuple[str, ...]
    to: str
    when: Condition
    leave: Condition | None = None
    cooldown_ms: int | None = None
    sticky: bool = False
    titles: Titles = field(default_factory=dict)
    approvals: tuple[Approval, ...] = ()


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """Stages in declared order (their rank), the entry stage, and the transitions in declared order."""

    entry: str
    stages: tuple[Stage, ...]
    transitions: tuple[Transition, ...] = ()


@dataclass(frozen=True, slots=True)
class Surge:
    """Sudden interest: raw points in `window_ms` reach `factor` × the mean of the eight windows before, and `floor`."""

    window_ms: int = 259_200_000
    factor: float = 3.0
    floor: float = 20.0


@dataclass(frozen=True, slots=True)
class Interest:
    """What is said of a lead's interest; None: that signal is off. `trend_band` is a share of the implicit score."""

    surge: Surge | None = None
    cooling_ms: int | None = None
    silence_ms: int | None = None
    trend_ms: int = 1_209_600_000
    trend_band: float = 0.1


@dataclass(frozen=True, slots=True)
class Offer:
    """A signal (`cross_sell` or `up_sell`) once a named score reaches `at_least` in one of `stages` (none: any)."""

    signal: str
    at_least: float
    stages: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class NamedScore:
    """A further score over the same facts, such as for one product line."""

    name: str
    explicit: Category = Category()
    implicit: Category = Category()
    weight_explicit: float = 1.0
    weight_implicit: float = 1.0
    grades: Grades = Grades()
    offers: tuple[Offer, ...] = ()
    titles: Titles = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Account:
    """How contacts roll up to accounts (lifecycle.md, rule 12).

    `key` is the attribute that names the account, `step` how far a contact's total moves before it is announced,
    `roles` name → condition on a contact's attributes.
    """

    lifecycle: Lifecycle
    key: str = "account"
    step: float = 5.0
    roles: Mapping[str, Condition] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Model:
    """One scoring model, ready for the core.

    `version` is the file's; `digest` the hex SHA-256 over the model's meaning, crawler list included. `kept_names`
    are the activity values that some rule reads (plus the file's `keep:`), `text` the file's text. `warnings` are
    words on what loads and looks wrong.
    """

    id: str
    version: str
    digest: str
    explicit: Category
    implicit: Category
    lifecycle: Lifecycle
    bots: Bots
    timezone: str = "UTC"
    nulls: frozenset[str] = frozenset()
    free_mail: frozenset[str] = frozenset()
    weight_explicit: float = 1.0
    weight_implicit: float = 1.0
    grades: Grades = Grades()
    internal: Internal = Internal()
    consent: Consent = Consent()
    interest: Interest = Interest()
    scores: tuple[NamedScore, ...] = ()
    account: Account | None = None
    kept_names: frozenset[str] = frozenset()
    titles: Titles = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    text: str = ""

    @property
    def model_version(self) -> str:
        """`<version>+<first 8 hex of the digest>`, as the outputs carry it."""
        return f"{self.version}+{self.digest[:8]}"
