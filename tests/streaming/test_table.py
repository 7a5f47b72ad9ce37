"""`profiles` is declared like a Faust table and read like a mapping."""

from types import SimpleNamespace

import pytest

from pipeline.partitioning import partition_of
from pipeline.settings import Settings
from pipeline.streaming.app import App


class Engine:
    def __init__(self, *subjects):
        self.table = Table({subject: SimpleNamespace(subject=subject) for subject in subjects})

    def __len__(self):
        return len(self.table.profiles)


class Table:
    def __init__(self, profiles):
        self.profiles = profiles

    def get(self, subject):
        return self.profiles.get(subject)

    def __iter__(self):
        return iter(self.profiles.values())


def test_the_table_shows_the_profiles_of_the_partitions_that_are_ours():
    app = App(Settings(kafka={"partitions": 2}))
    profiles = app.Table("profiles")
    ours = [name for name in map(str, range(20)) if partition_of(name.encode(), 2) == 1]
    app.owned = SimpleNamespace(partitions={1: SimpleNamespace(engine=Engine(*ours))})
    assert sorted(profiles) == sorted(ours)
    assert len(profiles) == len(ours)
    assert profiles[ours[0]].subject == ours[0]
    theirs = next(name for name in map(str, range(20)) if name not in ours)
    assert theirs not in profiles
    with pytest.raises(KeyError):
        profiles[theirs]
    assert not app.tables
