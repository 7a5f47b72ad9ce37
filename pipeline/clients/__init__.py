"""One-shot clients of the broker, behind the commands: send, read, look, and send again."""
