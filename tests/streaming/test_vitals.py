"""When a worker says that it is ready, and what it says of its partitions."""

from types import SimpleNamespace

import pytest

from pipeline import topics
from pipeline.health import Readiness, State
from pipeline.metrics import WorkerMetrics
from pipeline.settings import Settings
from pipeline.streaming.vitals import Vitals

WEB, FORMS = topics.WEB_BEHAVIOR.full_name("acme."), topics.FORMS.full_name("acme.")


class FakeEngine:
    def __init__(self, leads: int, due: int | None) -> None:
        self._leads = leads
        self._due = due

    def queued(self) -> int:
        return 2 * self._leads

    def in_force(self) -> None:
        return None

    def next_due(self) -> int | None:
        return self._due

    def __len__(self) -> int:
        return self._leads


def partition(
    *, active: bool = True, leads: int = 0, due: int | None = None, now: int | None = None, **lag: int
) -> SimpleNamespace:
    lanes = {
        name: SimpleNamespace(topic=name, lag=lag.get(short, 0)) for short, name in (("web", WEB), ("forms", FORMS))
    }
    clock = None if now is None else SimpleNamespace(now=lambda: now)
    return SimpleNamespace(
        clock=clock, is_active=active, engine=FakeEngine(leads, due), intake=SimpleNamespace(lanes=lanes)
    )


class FakeApp:
    """A worker that serves two partitions, as long as nothing is changed."""

    def __init__(self) -> None:
        self.settings = Settings(kafka={"topic_prefix": "acme.", "partitions": 2})
        self.metrics = WorkerMetrics(partitions=2)
        self.rebalancing = False
        self.standby = SimpleNamespace(text=lambda: "3 workers for 2 partitions")
        self.owned = SimpleNamespace(
            is_closed=False,
            has_joined=True,
            is_current=True,
            partitions={0: partition(leads=3, due=9_000, web=5), 1: partition(leads=4, due=7_500, web=1, forms=2)},
        )

    def value(self, name: str, **labels: str) -> float | None:
        return self.metrics.registry.get_sample_value(f"leadtide_{name}", labels)


@pytest.fixture
def app():
    return FakeApp()


def test_a_worker_that_serves_all_it_was_assigned_is_ready(app):
    assert Vitals(app).readiness() == Readiness(State.READY)


def test_a_worker_without_a_partition_stands_by_once_it_has_joined(app):
    app.owned.partitions = {}
    assert Vitals(app).readiness() == Readiness(State.STANDBY, "3 workers for 2 partitions")
    assert Vitals(app).readiness().is_ok
    Vitals(app).refresh()
    assert (app.value("standby"), app.value("partitions")) == (1, 0)
    app.owned.has_joined = False
    assert not Vitals(app).readiness().is_ok
    assert "joining" in Vitals(app).readiness().reason


def test_a_partition_that_is_not_served_yet_is_named(app):
    app.owned.partitions[1].is_active = False
    assert not Vitals(app).readiness().is_ok
    assert "[1]" in Vitals(app).readiness().reason
    Vitals(app).refresh()
    assert (app.value("partitions"), app.value("assigned_partitions")) == (1, 2)
    owned = [app.value("partition_owned", partition=number) for number in "01"]
    assert owned == [1, 0]


@pytest.mark.parametrize(
    ("where", "name", "value", "said"),
    [
        ("app", "rebalancing", True, "rebalancing"),
        ("owned", "is_current", False, "rebalancing"),
        ("owned", "is_closed", True, "stopping"),
    ],
)
def test_a_worker_in_between_is_not_ready(where, name, value, said, app):
    setattr(app if where == "app" else app.owned, name, value)
    readiness = Vitals(app).readiness()
    assert said in readiness.reason
    assert not readiness.is_ok


def test_what_is_read_at_a_scrape_adds_up_over_the_partitions(app):
    Vitals(app).refresh()
    assert app.value("lag_records", topic=topics.WEB_BEHAVIOR.name) == 6
    assert app.value("lag_records", topic=topics.FORMS.name) == 2
    assert app.value("lag_records", topic=topics.EMAIL.name) == 0
    assert (app.value("leads"), app.value("partitions"), app.value("standby")) == (7, 2, 0)
    assert app.value("due_queue_entries") == 14
    assert app.value("next_due_timestamp_seconds") == 7.5


def test_where_nothing_is_due_the_next_instant_never_comes(app):
    app.owned.partitions = {0: partition()}
    Vitals(app).refresh()
    assert app.value("next_due_timestamp_seconds") == float("inf")


def test_the_tick_lag_is_that_of_the_lead_that_is_overdue_longest(app):
    app.owned.partitions = {0: partition(due=9_000, now=10_500), 1: partition(due=4_000, now=10_500)}
    Vitals(app).refresh()
    assert app.value("tick_lag_seconds") == 6.5


def test_nobody_is_late_before_the_due_instant_or_where_time_is_what_the_records_say(app):
    app.owned.partitions = {0: partition(due=9_000, now=8_999), 1: partition(due=4_000)}
    Vitals(app).refresh()
    assert app.value("tick_lag_seconds") == 0
