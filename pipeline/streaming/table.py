"""The table of profiles as Faust code sees it: declared on the app, read as a mapping."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Protocol, cast

from pipeline.partitioning import partition_of

if TYPE_CHECKING:
    from pipeline.scoring.profile import Profile
    from pipeline.streaming.app import App


class _Table(Protocol):
    def get(self, subject: str) -> Profile | None: ...

    def __iter__(self) -> Iterator[Profile]: ...


class ProfilesTable(Mapping[str, "Profile"]):
    """Subject id → profile, over the partitions that this worker owns at the moment.

    Made by `app.Table(name)`. Written by the engines alone, for reading only; changelog and recovery are ours
    (changelog.py, recovery.py), so Faust manages nothing of it. A subject of another worker's partition is not in it.
    """

    def __init__(self, app: App, *, name: str, **_: Any) -> None:
        self.app = app
        self.name = name

    def __getitem__(self, subject: str) -> Profile:
        number = partition_of(subject.encode(), self.app.settings.kafka.partitions)
        partition = self.app.owned.partitions.get(number)
        profile = None if partition is None else _table(partition.engine).get(subject)
        if profile is None:
            raise KeyError(subject)
        return profile

    def __iter__(self) -> Iterator[str]:
        for partition in self.app.owned.partitions.values():
            for profile in _table(partition.engine):
                yield profile.subject

    def __len__(self) -> int:
        return sum(len(partition.engine) for partition in self.app.owned.partitions.values())


def _table(engine: Any) -> _Table:
    return cast("_Table", engine.table)
