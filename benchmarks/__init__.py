"""Measurements: reported, never asserted in tests."""
