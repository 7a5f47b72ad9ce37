"""When a worker says that it is ready, and what it says of its partitions."""

from types import SimpleNamespace

import pytest

from pipeline import topics
from pipeline.metrics import Metrics
from pipeline.settings import Settings
from pipeline.streaming.vitals import Vitals

WEB, FORMS = topics.WEB_BEHAVIOR.full_name("acme."), topics.FORMS.full_name("acme.")


class FakeEngine:
    def __init__(self, leads: int, due: int | None) -> None:
        self._leads = leads
        self._due = due

    def next_due(self) -> int | None:
        return self._due

    def __len__(self) -> int:
        return self._leads


def partition(*, active: bool = True, leads: int = 0, due: int | None = None, **lag: int) -> SimpleNamespace:
    lanes = {
        name: SimpleNamespace(topic=name, lag=lag.get(short, 0)) for short, name in (("web", WEB), ("forms", FORMS))
    }
    return SimpleNamespace(is_active=active, engine=FakeEngine(leads, due), intake=SimpleNamespace(lanes=lanes))


class FakeApp:
    """A worker that serves two partitions, as long as nothing is changed."""

    def __init__(self) -> None:
        self.settings = Settings(kafka={"topic_prefix": "acme."})
        self.metrics = Metrics()
        self.rebalancing = False
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
    assert Vitals(app).not_ready() is None


def test_a_worker_without_a_partition_is_ready_once_it_has_joined(app):
    app.owned.partitions = {}
    assert Vitals(app).not_ready() is None
    app.owned.has_joined = False
    assert "joining" in Vitals(app).not_ready()


def test_a_partition_that_is_not_served_yet_is_named(app):
    app.owned.partitions[1].is_active = False
    assert "[1]" in Vitals(app).not_ready()


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
    assert said in Vitals(app).not_ready()
    Vitals(app).exposition()
    assert app.value("ready") == 0


def test_what_is_read_at_a_scrape_adds_up_over_the_partitions(app):
    Vitals(app).exposition()
    assert app.value("lag_records", topic=topics.WEB_BEHAVIOR.name) == 6
    assert app.value("lag_records", topic=topics.FORMS.name) == 2
    assert app.value("lag_records", topic=topics.EMAIL.name) == 0
    assert (app.value("leads"), app.value("partitions"), app.value("ready")) == (7, 2, 1)
    assert app.value("next_due_timestamp_seconds") == 7.5


def test_where_nothing_is_due_the_next_instant_never_comes(app):
    app.owned.partitions = {0: partition()}
    Vitals(app).exposition()
    assert app.value("next_due_timestamp_seconds") == float("inf")
