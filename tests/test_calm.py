"""A log stays readable while something fails over and over."""

import logging

from pipeline.calm import EVERY_SECONDS, Calm


def _record(level, message, *args, name="aiokafka"):
    return logging.LogRecord(name, level, __file__, 1, message, args, None)


def test_a_warning_passes_once_in_a_while_and_says_how_many_were_left_out():
    """Of a message that repeats, with whatever arguments, one passes in each span, counting the others."""
    now = [0.0]
    calm = Calm(lambda: now[0])
    passed = [calm.filter(_record(logging.ERROR, "no broker %s", number)) for number in range(5)]
    assert passed == [True, False, False, False, False]
    now[0] = EVERY_SECONDS
    record = _record(logging.ERROR, "no broker %s", 5)
    assert calm.filter(record)
    assert record.getMessage() == "no broker 5 (4 more like this)"


def test_other_messages_and_mere_information_always_pass():
    """Nothing else is held back: another text, another logger, or anything below a warning."""
    calm = Calm(lambda: 0.0)
    assert calm.filter(_record(logging.WARNING, "one"))
    assert calm.filter(_record(logging.WARNING, "two"))
    assert calm.filter(_record(logging.WARNING, "one", name="other"))
    assert all(calm.filter(_record(logging.INFO, "partitions are ours")) for _ in range(3))
