"""Ports of this machine: which one is free, and whether a broker answers on it."""

import socket
import struct

HOST = "127.0.0.1"

# Kafka's Metadata request, version 1, for no topic: the first request that needs the cluster and not only a socket.
_METADATA_REQUEST = struct.pack(">hhih8si", 3, 1, 1, 8, b"leadtide", 0)


def free_port() -> int:
    """A port that was free a moment ago."""
    with socket.socket() as listener:
        listener.bind((HOST, 0))
        return int(listener.getsockname()[1])


def is_taken(port: int) -> bool:
    """Whether some program listens on the port."""
    with socket.socket() as client:
        client.settimeout(1)
        return client.connect_ex((HOST, port)) == 0


def answers(port: int, timeout_seconds: float = 1.0) -> bool:
    """Whether a broker with at least one node in its metadata answers Kafka's protocol on the port."""
    try:
        with socket.create_connection((HOST, port), timeout_seconds) as connection:
            connection.settimeout(timeout_seconds)
            connection.sendall(struct.pack(">i", len(_METADATA_REQUEST)) + _METADATA_REQUEST)
            with connection.makefile("rb") as stream:
                # size, correlation id, number of nodes
                head = stream.read(12)
    except OSError:
        return False
    return len(head) == 12 and struct.unpack(">iii", head)[2] > 0
