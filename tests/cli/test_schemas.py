"""`leadtide schemas` beside a registry."""

import json

from typer.testing import CliRunner

from pipeline.cli import app
from pipeline.registration import SUBJECTS
from tests.registry import twin


def run(*arguments):
    return CliRunner().invoke(app, ["schemas", *arguments])


def test_schemas_are_missing_until_they_are_registered(monkeypatch):
    """check tells what is not there with exit code 8, register puts it there, and check is content."""
    with twin.running() as here:
        monkeypatch.setenv("LEADTIDE_REGISTRY__URL", here.url)
        before = run("check", "--json")
        assert before.exit_code == 8
        assert {json.loads(line)["state"] for line in before.stdout.splitlines()} == {"missing"}
        assert run("register").exit_code == 0
        after = run("check", "--json")
        assert after.exit_code == 0
        assert len(after.stdout.splitlines()) == len(SUBJECTS)


def test_the_list_needs_no_registry():
    """Every schema is listed with its direction, version and fingerprint."""
    rows = [json.loads(line) for line in run("list", "--json").stdout.splitlines()]
    assert {"event", "stage-change", "score", "signal"} <= {row["schema"] for row in rows}
    assert all(row["version"] >= 1 and len(row["fingerprint"]) == 16 for row in rows)
