"""The same jobs on other engines."""
