"""Reading files line by line."""

import gzip
import subprocess
import sys

import pytest

from pipeline.errors import InputError
from pipeline.ndjson import Line, read_lines

CONTENT = b'{"a":1}\n\n  \r\n{"b":2}\r\nno end'


@pytest.mark.parametrize("name", ["events.ndjson", "events.ndjson.gz", "odd-name"])
def test_lines_come_with_file_and_number_and_blank_ones_are_skipped(tmp_path, name):
    file = tmp_path / name
    file.write_bytes(CONTENT if name == "events.ndjson" else gzip.compress(CONTENT))
    expected = [Line(str(file), 1, b'{"a":1}'), Line(str(file), 4, b'{"b":2}'), Line(str(file), 5, b"no end")]
    assert list(read_lines([file])) == expected
    assert list(read_lines([file, str(file)])) == expected * 2


def test_a_byte_order_mark_at_the_start_of_a_file_is_no_content(tmp_path):
    file = tmp_path / "events.ndjson"
    file.write_bytes(b"\xef\xbb\xbf{}\n")
    assert [line.value for line in read_lines([file])] == [b"{}"]


@pytest.mark.parametrize("content", [CONTENT, gzip.compress(CONTENT)])
def test_a_dash_is_standard_input(content):
    code = "from pipeline.ndjson import read_lines\nprint([line.value for line in read_lines(['-'])])"
    result = subprocess.run([sys.executable, "-c", code], input=content, capture_output=True, timeout=60, check=True)
    assert result.stdout.decode().strip() == str([b'{"a":1}', b'{"b":2}', b"no end"])


def test_a_file_that_cannot_be_read_is_named_in_the_error(tmp_path):
    cut = tmp_path / "cut.gz"
    cut.write_bytes(gzip.compress(b"x" * 10_000)[:-20])
    for file in (tmp_path / "missing", tmp_path, cut):
        with pytest.raises(InputError, match=str(file)):
            list(read_lines([file]))
