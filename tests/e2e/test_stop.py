"""A worker that is told to stop does so, also when its broker is gone."""

import signal

import pytest

from pipeline import brokers
from pipeline.errors import BrokerError
from tests.e2e.installation import Installation

pytestmark = pytest.mark.embedded


def test_a_worker_without_its_broker_ends_with_one_message(topic_prefix, tmp_path):
    """Told to stop when nothing can be written any more, a worker gives up in time and says why."""
    with brokers.running("embedded") as bootstrap:
        here = Installation(bootstrap, topic_prefix, tmp_path)
        process = here.start_worker()
        events = tmp_path / "events.ndjson"
        events.write_text(
            '{"event_id":"e","type":"form.submitted","occurred_at":"2026-01-01T00:00:00Z","lead_id":"l"}\n'
        )
        here.run("produce", events)
        here.run("status", "--wait", "--timeout", "60")
    try:
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) in {0, BrokerError.exit_code}, here.worker_log()
    finally:
        process.kill()
        process.wait()
    assert "Traceback" not in here.worker_log().rpartition("not stopped")[2]
