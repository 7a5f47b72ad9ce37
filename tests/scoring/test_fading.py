"""Bounds of fading points must not lie: a threshold may be met to the last bit."""

from pipeline.scoring.fading import Fading
from pipeline.scoring.model import Decay
from pipeline.scoring.span import Span


def test_a_window_bounds_its_points_to_the_last_bit():
    """Ten times 0.1 is 1.0 by fsum, at an instant as over a span, while a running sum says less."""
    fading = Fading(Decay("window", 100), [(0, -5.0), *[(50, 0.1)] * 10])
    assert fading.total(Span(120, 120)) == (1.0, 1.0)
    assert fading.total(Span(100, 149)) == (1.0, 1.0)
    assert fading.total(Span(99, 149)) == (-4.0, 1.0)
    assert fading.total(Span(99, 150)) == (-5.0, 1.0)
