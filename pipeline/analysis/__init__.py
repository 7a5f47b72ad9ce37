"""What is computed from a log or a table, away from the stream: replay, explanation, lists of leads."""
