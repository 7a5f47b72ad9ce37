"""Apicurio Registry, fetched from Maven Central once: in memory, with Confluent's interface under /apis/ccompat/v7."""

import fcntl
import os
import shutil
import subprocess
import sys
import tarfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline.brokers import leash
from pipeline.brokers.kafka_jars import cache_directory
from pipeline.brokers.port import HOST, free_port

VERSION = "3.0.9"  # the last line that runs on Java 17
# The later ones read the parent's descriptor as well, which is not published.
_PLUGIN = "org.apache.maven.plugins:maven-dependency-plugin:2.8:get"
_PATIENCE_SECONDS = 120


def home() -> Path:
    """Where it is unpacked, after fetching it where it is not there yet (109 MB)."""
    cache = cache_directory().parent
    cache.mkdir(parents=True, exist_ok=True)
    found = cache / f"apicurio-{VERSION}"
    with (cache / "apicurio.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not found.is_dir():
            partial = cache / "apicurio.partial"
            shutil.rmtree(partial, ignore_errors=True)
            partial.mkdir()
            artifact = f"io.apicurio:apicurio-registry-app:{VERSION}:tar.gz:all"
            archive = partial / "all.tar.gz"
            command = ["mvn", "-B", "-q", _PLUGIN, f"-Dartifact={artifact}", "-Dtransitive=false", f"-Ddest={archive}"]
            subprocess.run(command, cwd=partial, check=True)
            with tarfile.open(archive) as packed:
                packed.extractall(partial, filter="data")
            archive.unlink()
            partial.rename(found)
    return found


@contextmanager
def running(directory: Path) -> Iterator[str]:
    """The address of a registry that answers while the block lasts."""
    here, port = home(), free_port()
    address = f"http://{HOST}:{port}"
    options = ["-Xmx320m", "-XX:TieredStopAtLevel=1", f"-Dquarkus.http.host={HOST}", f"-Dquarkus.http.port={port}"]
    (jar,) = here.glob("*-runner.jar")
    on_leash = [sys.executable, "-I", leash.__file__, str(os.getpid())]
    with (directory / "apicurio.log").open("wb") as log:
        process = subprocess.Popen(
            [*on_leash, shutil.which("java"), *options, "-jar", str(jar)], cwd=directory, stdout=log, stderr=log
        )
    try:
        _wait(process, f"{address}/apis/ccompat/v7/subjects", directory / "apicurio.log")
        yield f"{address}/apis/ccompat/v7"
    finally:
        process.kill()
        process.wait()


def _wait(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while True:
        try:
            with urllib.request.urlopen(url, timeout=5) as response:  # noqa: S310 - our own http address
                if response.status == 200:
                    return
        except (urllib.error.URLError, OSError):
            pass
        assert process.poll() is None, log.read_text()
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.2)
