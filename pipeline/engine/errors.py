"""How the engine says no to a well-formed event that it must not apply."""


class Refused(Exception):  # noqa: N818 - it is an answer about an event, not a fault of ours
    """The event is a dead letter: `reason` is its code, `message` says why to people. Nothing was changed."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message
