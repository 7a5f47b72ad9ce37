"""Apache Kafka's jars: fetched once by Maven, kept in the user's cache."""

import fcntl
import os
import shutil
import subprocess
import sys
from importlib.resources import as_file, files
from pathlib import Path

from pipeline.errors import BrokerError

VERSION = "4.1.0"


def cache_directory() -> Path:
    """Where this version's jars are kept."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "leadtide" / f"kafka-{VERSION}"


def classpath() -> str:
    """Java's class path of the jars, after fetching them where they are not there yet (45 MB, needs Maven)."""
    cache = cache_directory()
    jars = cache / "lib"
    if not jars.is_dir():
        cache.mkdir(parents=True, exist_ok=True)
        with (cache / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not jars.is_dir():
                _fetch(cache, jars)
    return f"{jars}/*"


def _fetch(cache: Path, jars: Path) -> None:
    maven = shutil.which("mvn")
    if maven is None:
        message = (
            f"Apache Kafka {VERSION} has to be fetched once and there is no mvn on the PATH: install Maven "
            "(Debian, Ubuntu: apt-get install maven), or use --kind embedded"
        )
        raise BrokerError(message)
    print(f"fetching Apache Kafka {VERSION} into {jars} …", file=sys.stderr, flush=True)  # noqa: T201 - progress
    # The jars appear under their name all at once, so an interrupted fetch is never taken for a whole one.
    partial = cache / "lib.partial"
    shutil.rmtree(partial, ignore_errors=True)
    shutil.rmtree(cache / "project", ignore_errors=True)
    (cache / "project").mkdir()
    with as_file(files(__package__) / "kafka-pom.xml") as pom:
        shutil.copyfile(pom, cache / "project" / "pom.xml")
    goal = ["dependency:copy-dependencies", "-DincludeScope=runtime", f"-DoutputDirectory={partial}"]
    done = subprocess.run(
        [maven, "-B", "-q", *goal], cwd=cache / "project", check=False, capture_output=True, text=True
    )
    if done.returncode:
        message = f"Maven could not fetch Apache Kafka {VERSION}:\n{done.stdout[-3000:]}{done.stderr[-1000:]}"
        raise BrokerError(message)
    partial.rename(jars)
