"""Leadtide: event-streaming lead scoring on Kafka."""
