"""Scoring models: the file format, its loader and checks, the presets, and the lists that ship with the project."""

from pipeline.models.findings import Finding, ModelFindings, UnreadableModel
from pipeline.models.loader import DEFAULT_MODEL, load_model, parse_model, preset_names, read_model_text
from pipeline.models.schema import schema_text

__all__ = [
    "DEFAULT_MODEL",
    "Finding",
    "ModelFindings",
    "UnreadableModel",
    "load_model",
    "parse_model",
    "preset_names",
    "read_model_text",
    "schema_text",
]
