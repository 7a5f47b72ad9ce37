"""Real data for the importers."""

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def access_log():
    """The real access log beside the repository, or where LEADTIDE_TEST_DATA says; CI must have it."""
    default = Path(__file__).parents[2].parent / "shared" / "data"
    path = Path(os.environ.get("LEADTIDE_TEST_DATA", default)) / "access_log_2015.gz"
    if not path.exists():
        message = f"{path} is missing: set LEADTIDE_TEST_DATA to the folder of the real data"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    return path
