"""The marker says what a checkpoint includes, and nothing unclear is believed."""

import pytest

from pipeline.errors import RecoveryError
from pipeline.streaming.marker import Marker, pack, unpack
from pipeline.streaming.recovery import check_marker

MARKER = Marker({"web": 5, "forms": 0}, {"time": 7, "x": [1.5, "a"]}, {"factor": 2.0}, 99)


def test_a_marker_comes_back_as_it_was():
    assert unpack(pack(MARKER)) == MARKER


@pytest.mark.parametrize(
    "value", [b"", b"nonsense", b"[]", b"{}", b'{"format":1}', b'{"format":1,"offsets":[],"state":{}}']
)
def test_what_is_no_marker_is_an_error(value):
    with pytest.raises(RecoveryError, match="marker cannot be read"):
        unpack(value)


def test_a_marker_of_another_version_is_told_as_such():
    with pytest.raises(RecoveryError, match="marker format 2"):
        unpack(pack(MARKER).replace(b'"format":1', b'"format":2'))


@pytest.mark.parametrize("committed", [{"web": 5, "forms": 0}, {"web": 5}, {}])
def test_the_groups_offsets_agree_with_the_marker_or_have_expired(committed):
    check_marker(0, MARKER, committed)


@pytest.mark.parametrize(("marker", "committed"), [(MARKER, {"web": 6, "forms": 0}), (None, {"web": 1})])
def test_offsets_that_differ_from_the_marker_stop_the_worker(marker, committed):
    with pytest.raises(RecoveryError, match="the consumer group says"):
        check_marker(0, marker, committed)


def test_no_marker_and_no_offsets_is_a_fresh_partition():
    check_marker(0, None, {})
