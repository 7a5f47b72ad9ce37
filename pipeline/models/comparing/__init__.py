"""What changed between two models: described in words item by item, and the words compared."""

from pipeline.models.comparing.comparison import Comparison, compare
from pipeline.models.comparing.description import Change

__all__ = ["Change", "Comparison", "compare"]
