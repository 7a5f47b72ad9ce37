"""The table of profiles: subject id → profile, of the partitions that this worker owns."""

from agents.app import app

profiles = app.Table("profiles")
