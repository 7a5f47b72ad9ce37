"""The sales tools in both languages; Node's is installed once, from its lock file."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def python_tool():
    """How to run the Python example."""
    return [sys.executable, str(ROOT / "examples/python/sales_tool.py")]


@pytest.fixture(scope="session")
def node_tool(tmp_path_factory):
    """How to run the Node example: a copy, so that nothing is installed in the work tree. CI must have Node."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        message = "the Node example needs node and npm (Debian, Ubuntu: apt-get install nodejs npm)"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    copy = tmp_path_factory.mktemp("checkout")
    ignored = shutil.ignore_patterns("node_modules", "crm.ndjson")
    shutil.copytree(ROOT / "examples/node", copy / "examples/node", ignore=ignored)
    if (ROOT / "schemas").is_dir():
        shutil.copytree(ROOT / "schemas", copy / "schemas")
    subprocess.run(["npm", "ci", "--ignore-scripts"], cwd=copy / "examples/node", check=True, capture_output=True)
    return ["node", str(copy / "examples/node/sales-tool.mjs")]
