"""Facts about the project itself."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
LONGEST = 400


def tracked(*patterns: str) -> list[Path]:
    listing = subprocess.run(
        ["git", "ls-files", "-z", *patterns], cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout
    return [ROOT / name for name in listing.split("\0") if name and (ROOT / name).is_file()]


def test_no_file_of_ours_is_longer_than_a_room():
    files = [path for path in tracked("*.py", "*.sh", "Makefile") if len(path.read_text().splitlines()) > LONGEST]
    assert files == []


def test_every_make_target_says_what_it_does():
    makefile = (ROOT / "Makefile").read_text()
    targets = re.findall(r"^([a-z][a-z-]*):(?!=)(.*)", makefile, re.MULTILINE)
    assert targets
    assert [name for name, rest in targets if " ## " not in rest] == []
    shown = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert [name for name, _ in targets if f"make {name} " not in shown] == []


@pytest.mark.parametrize(
    ("arguments", "environment", "told"),
    [
        (["SECONDS=20"], {}, "demo --seconds 20"),
        ([], {"SECONDS": "7"}, "demo --seconds 7"),
        (["SECONDS="], {}, "demo"),
        ([], {}, "demo"),
    ],
)
def test_the_demo_is_given_the_callers_seconds_only(arguments, environment, told):
    planned = subprocess.run(
        ["make", "-n", "-o", "setup", "demo", *arguments],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", **environment},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert planned.strip().endswith(f"leadtide {told}")


@pytest.mark.parametrize("lock", ["requirements.lock", "deploy/requirements.lock"])
def test_every_locked_package_has_a_hash_and_no_address(lock):
    text = (ROOT / lock).read_text()
    pins = re.split(r"^(?=[a-z])", text, flags=re.MULTILINE)[1:]
    assert pins
    assert [pin for pin in pins if "==" not in pin.splitlines()[0] or "--hash=sha256:" not in pin] == []
    assert "://" not in text


def test_the_scoring_core_imports_the_standard_library_and_itself_only():
    foreign = {
        (str(path.relative_to(ROOT)), name)
        for path in (ROOT / "pipeline" / "scoring").rglob("*.py")
        for name in imported(path)
        if name.partition(".")[0] not in sys.stdlib_module_names and not f"{name}.".startswith("pipeline.scoring.")
    }
    assert foreign == set()


def imported(path: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add(node.module if not node.level else "pipeline.scoring")
    return names
