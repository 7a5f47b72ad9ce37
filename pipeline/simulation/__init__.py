"""Lifelike sample traffic: seeded journeys of people, crawlers and sales, with faults in them."""

from pipeline.simulation.stream import DEFAULT_START, Record, simulate

__all__ = ["DEFAULT_START", "Record", "simulate"]
