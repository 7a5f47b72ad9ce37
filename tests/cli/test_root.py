"""The root of the command line, run as users run it."""

import subprocess
import sys

import pytest

from pipeline.cli.commands import COMMANDS


def leadtide(*arguments, **options):
    return subprocess.run(
        [sys.executable, "-m", "pipeline.cli", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        **options,
    )


def test_help_shows_examples_before_options_and_every_command():
    result = leadtide("--help")
    assert result.returncode == 0
    assert result.stdout.index("leadtide demo") < result.stdout.index("--version")
    for name, entry in COMMANDS.items():
        assert name in result.stdout
        assert entry.line[:30] in result.stdout


def test_help_imports_no_client_of_the_broker():
    code = "import sys; sys.argv = ['leadtide', '--help']\nfrom pipeline.cli import main\n"
    code += "try: main()\nexcept SystemExit: pass\n"
    code += "print(sorted({'aiokafka', 'faust', 'pydantic', 'rich.progress'} & set(sys.modules)))"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert result.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize("command", list(COMMANDS))
def test_every_command_has_help(command):
    result = leadtide(command, "--help")
    assert result.returncode == 0, result.stderr
    assert "Usage: " in result.stdout


def test_a_mistyped_command_gets_a_suggestion():
    result = leadtide("exprot")
    assert result.returncode == 2
    assert "export" in result.stderr


def test_an_error_of_ours_is_one_message_without_traceback():
    result = leadtide("produce", "no-such-file.ndjson")
    assert result.returncode == 2
    assert result.stdout == ""
    assert "no-such-file.ndjson" in result.stderr
    assert "Traceback" not in result.stderr


def test_the_version_is_printed():
    assert leadtide("--version").stdout.startswith("leadtide ")
