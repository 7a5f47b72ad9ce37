"""The table of profiles as Faust code sees it: declared on the app, read as a mapping."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, cast

from pipeline.streaming.unit import partition_of

if TYPE_CHECKING:
    from pipeline.streaming.app import App


class ProfilesTable(Mapping[str, Any]):
    """Subject id → profile, over the partitions that this worker owns at the moment.

    Made by `app.Table(name)`. Written by the engines alone; changelog and recovery are ours (changelog.py,
    recovery.py), so Faust manages nothing of it. A subject of another worker's partition is not in the mapping.
    """

    def __init__(self, app: App, *, name: str, **_: Any) -> None:
        self.app = app
        self.name = name

    def __getitem__(self, subject: str) -> Any:
        number = partition_of(subject.encode(), self.app.settings.kafka.partitions)
        partition = self.app.owned.partitions.get(number)
        if partition is None:
            raise KeyError(subject)
        return cast("Any", partition.engine)[subject]

    def __iter__(self) -> Iterator[str]:
        for partition in self.app.owned.partitions.values():
            yield from cast("Any", partition.engine)

    def __len__(self) -> int:
        return sum(len(partition.engine) for partition in self.app.owned.partitions.values())
