"""Tables on narrow terminals."""

from __future__ import annotations

import pytest
from rich.console import Console

from pipeline.cli.fitting import Fitted, fitting, show_fitting
from pipeline.wording import words_of

ADDRESS = "a.rather.long.name@orion-steel.example"


def columns():
    """A lead with all that can be told of it."""
    return [
        Fitted("lead", [ADDRESS, "b@x.example"], least=20),
        Fitted("stage", ["Buying committee complete", "New"]),
        Fitted("total", ["115.6", "-3.0"], right=True),
        Fitted("owner", ["sales.lin, sales.huang", ""], rank=2, least=12),
        Fitted("next change", ["2026-03-02 10:00:00", "never"], rank=1),
    ]


def drawn(width, monkeypatch, capsys):
    """Stdout and stderr on a terminal of this many cells."""
    monkeypatch.setenv("COLUMNS", str(width))
    show_fitting(columns(), words_of("en"), Console(width=width, force_terminal=True, no_color=True, highlight=False))
    return capsys.readouterr()


@pytest.mark.parametrize("width", range(48, 160, 7))
def test_a_table_is_never_wider_than_the_terminal(width, monkeypatch, capsys):
    """And whatever is shown is whole: every character of the address is there."""
    out = drawn(width, monkeypatch, capsys).out
    lines = [line for line in out.splitlines() if line.startswith("│")]
    assert all(len(line) <= width for line in lines)
    assert "".join(line.split("│")[1].strip() for line in lines).startswith(ADDRESS)
    assert "…" not in out


def test_the_least_important_columns_stay_away_and_that_is_said(monkeypatch, capsys):
    """By rank, on stderr; those without rank stay."""
    wide = drawn(150, monkeypatch, capsys)
    assert ("never" in wide.out, wide.err) == (True, "")
    narrow = drawn(70, monkeypatch, capsys)
    assert "not shown, for want of width: next change\n" in narrow.err
    assert "sales.huang" in narrow.out
    narrowest = drawn(48, monkeypatch, capsys)
    assert "not shown, for want of width: next change, owner\n" in narrowest.err
    assert "115.6" in narrowest.out


def test_words_are_wrapped_before_any_is_broken():
    """A stage of several words gives way before an address does."""
    table, dropped = fitting(columns(), 118)
    assert dropped == []
    assert table.columns[0].width == len(ADDRESS)
    assert table.columns[1].width < len("Buying committee complete")


def test_a_table_that_goes_to_a_file_is_as_wide_as_it_needs(capsys):
    """Nothing is wrapped or left away."""
    show_fitting(columns(), words_of("en"), Console(width=30, force_terminal=False))
    told = capsys.readouterr()
    assert "Buying committee complete" in told.out
    assert "sales.lin, sales.huang" in told.out
    assert told.err == ""
