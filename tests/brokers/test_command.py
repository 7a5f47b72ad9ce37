import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.brokers.port import free_port

LEADTIDE = Path(sys.executable).with_name("leadtide")


def leadtide(*arguments: str, cwd: Path, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [LEADTIDE, *arguments], cwd=cwd, env={**os.environ, **(env or {})}, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize(
    "kind", [pytest.param("embedded", marks=pytest.mark.embedded), pytest.param("kafka", marks=pytest.mark.kafka)]
)
def test_a_started_broker_outlives_the_command_and_is_found_again_until_it_is_stopped(kind, tmp_path):
    port = str(free_port())
    started = leadtide("broker", "start", "--kind", kind, "--port", port, cwd=tmp_path)
    try:
        assert started.returncode == 0, started.stderr
        assert started.stdout == f"127.0.0.1:{port}\n"
        assert f"next: LEADTIDE_KAFKA__BOOTSTRAP_SERVERS=127.0.0.1:{port} leadtide topics create" in started.stderr

        again = leadtide("broker", "start", "--kind", kind, "--port", port, cwd=tmp_path)
        assert again.stdout == started.stdout
        assert "it runs already" in again.stderr

        status = json.loads(leadtide("broker", "status", "--kind", kind, "--json", cwd=tmp_path).stdout)
        assert status["ready"] is True
        assert status["bootstrap"] == f"127.0.0.1:{port}"
        assert Path(status["log"]).is_relative_to(tmp_path / ".leadtide")
    finally:
        stopped = leadtide("broker", "stop", "--kind", kind, "--wipe", cwd=tmp_path)
    assert stopped.stdout == f"{kind}: stopped\n"
    assert not (tmp_path / ".leadtide" / f"broker-{kind}").exists()

    after = leadtide("broker", "status", "--kind", kind, cwd=tmp_path)
    assert (after.returncode, after.stdout) == (4, f"{kind}: not running\n")


@pytest.mark.embedded
def test_a_taken_port_is_told_with_the_way_out(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        refused = leadtide("broker", "start", "--port", str(port), cwd=tmp_path)
    assert refused.returncode == 4
    assert refused.stdout == ""
    assert f"port {port} is taken" in refused.stderr
    assert f"--port {port + 100}" in refused.stderr


@pytest.mark.parametrize(("tools", "missing"), [((), "no java on the PATH"), (("java",), "no mvn on the PATH")])
def test_a_missing_tool_for_kafka_is_told_with_the_way_out(tools, missing, tmp_path):
    (tmp_path / "bin").mkdir()
    for tool in tools:
        stub = tmp_path / "bin" / tool
        stub.write_text("#!/bin/sh\necho 'openjdk version \"17.0.1\"' >&2\n")
        stub.chmod(0o755)
    env = {"PATH": str(tmp_path / "bin"), "XDG_CACHE_HOME": str(tmp_path / "cache")}
    refused = leadtide("broker", "start", "--kind", "kafka", "--port", "0", cwd=tmp_path, env=env)
    assert refused.returncode == 4
    assert missing in refused.stderr
    assert "apt-get install" in refused.stderr
    assert "--kind embedded" in refused.stderr


def test_java_that_is_too_old_is_refused(tmp_path):
    java = tmp_path / "java"
    java.write_text("#!/bin/sh\necho 'openjdk version \"11.0.2\"' >&2\n")
    java.chmod(0o755)
    refused = leadtide("broker", "start", "--kind", "kafka", cwd=tmp_path, env={"PATH": str(tmp_path)})
    assert refused.returncode == 4
    assert "is 11" in refused.stderr


def test_stopping_what_does_not_run_is_no_error(tmp_path):
    stopped = leadtide("broker", "stop", cwd=tmp_path)
    assert (stopped.returncode, stopped.stdout) == (0, "embedded: was not running\n")
