"""The result files of `leadtide replay` and `leadtide export`, written the same way so that `diff` serves."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import orjson

from pipeline.codec.instants import format_instant, parse_instant
from pipeline.engine.account_documents import account_row
from pipeline.engine.dealing_documents import dealings
from pipeline.engine.documents import named_scores, score
from pipeline.engine.erased import Erasures
from pipeline.errors import HistoryError, InputError
from pipeline.scoring.accounts import is_account
from pipeline.scoring.crossing import first_change
from pipeline.scoring.known import Known
from pipeline.scoring.ledger import explain
from pipeline.scoring.lifecycle import Map
from pipeline.scoring.model import Model
from pipeline.scoring.outlook import Outlook
from pipeline.scoring.profile import Profile
from pipeline.scoring.scorer import Scorer
from pipeline.scoring.truth import Judge

Row = dict[str, Any]


class Reader:
    """Evaluates profiles at an instant under one model."""

    def __init__(self, scorer: Scorer) -> None:
        self.scorer = scorer
        self._map = Map(scorer.model.lifecycle)

    def outlook(self, profile: Profile, instant: int) -> Outlook:
        """The lead's scores at the instant."""
        return Outlook(Known(self.scorer, profile.subject, profile.facts, instant))

    def next_change(self, profile: Profile, outlook: Outlook) -> int | None:
        """When the lead changes by itself after the outlook's instant."""
        return first_change(self._map, Judge(outlook, profile.standing))

    def score_row(self, profile: Profile, instant: int, attributes: Sequence[str] = (), *, ledger: bool = False) -> Row:
        """One line of `scores.ndjson`.

        Raises HistoryError if the lead was decided after the instant: its stage then is not known any more.
        """
        _require_known(profile, instant)
        outlook = self.outlook(profile, instant)
        due_at = self.next_change(profile, outlook)
        row = score(profile, outlook) | {"due_at": None if due_at is None else format_instant(due_at)}
        if attributes:
            row["attributes"] = {name: outlook.known.attributes.get(name) for name in attributes}
        if ledger:
            row["ledger"] = explain(outlook)
            row |= dealings(outlook.known)
            if outlook.model.scores:
                row["scores"] = named_scores(outlook)
        return row


def is_lead(profile: Profile) -> bool:
    """Whether the profile is listed: it answers for itself and something is known of it; accounts are not leads."""
    return not profile.is_alias and bool(profile.standing.path) and not is_account(profile)


def without_erased(rows: Iterable[Row], erased: Erasures) -> list[Row]:
    """The stage changes or signals without those of erased people up to their erasure."""
    if not erased:
        return list(rows)
    return [row for row in rows if parse_instant(row["occurred_at"]) > erased.until(row["lead_id"])]


def account_rows(profiles: Iterable[Profile], model: Model, instant: int) -> Iterator[Row]:
    """The lines of `accounts.ndjson`: accounts that have contacts, or of which something was told.

    Raises HistoryError if one was decided after the instant.
    """
    for profile in profiles:
        if model.account is not None and is_account(profile) and (profile.contacts or profile.standing.seq):
            _require_known(profile, instant)
            yield account_row(profile, model.account, instant)


def _require_known(profile: Profile, instant: int) -> None:
    if profile.clock > instant:
        at, clock = format_instant(instant), format_instant(profile.clock)
        message = f"{profile.subject} was decided at {clock}, after {at}: ask the log (`leadtide replay --until {at}`)"
        raise HistoryError(message)


def write_scores(out: Path, rows: Iterable[Row]) -> int:
    """Write `scores.ndjson`, by lead."""
    return _write(out / "scores.ndjson", sorted(rows, key=lambda r: r["lead_id"]))


def write_stage_changes(out: Path, rows: Iterable[Row]) -> int:
    """Write `stage-changes.ndjson`, by lead and `seq`, without what a worker adds for its consumers."""
    timeless = ({k: v for k, v in row.items() if k not in {"decided_at", "history"}} for row in rows)
    return _write(out / "stage-changes.ndjson", sorted(timeless, key=lambda r: (r["lead_id"], r["seq"])))


def write_signals(out: Path, rows: Iterable[Row]) -> int:
    """Write `signals.ndjson`, by lead, instant and id."""
    return _write(out / "signals.ndjson", sorted(rows, key=lambda r: (r["lead_id"], r["occurred_at"], r["signal_id"])))


def write_accounts(out: Path, rows: Iterable[Row]) -> int:
    """Write `accounts.ndjson`, by account."""
    return _write(out / "accounts.ndjson", sorted(rows, key=lambda r: r["account_id"]))


def write_dead_letters(out: Path, rows: Iterable[Row]) -> int:
    """Write `dead-letters.ndjson`, by place: (file, line) of a replay, (topic, partition, offset) of an export."""
    keys = ("file", "line", "topic", "partition", "offset")
    return _write(out / "dead-letters.ndjson", sorted(rows, key=lambda r: [r[k] for k in keys if k in r]))


def _write(path: Path, rows: Iterable[Row]) -> int:
    lines = [orjson.dumps(row, option=orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE) for row in rows]
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"".join(lines))
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror}") from error
    return len(lines)
