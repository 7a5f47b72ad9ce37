"""Bounds of fading points must not lie: a threshold may be met to the last bit."""

from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.scoring.fading import Fading
from pipeline.scoring.model import Decay
from pipeline.scoring.span import Span

SHARE = st.sampled_from([1.0, 0.5, 0.0, 1.5])


def test_a_window_bounds_its_points_to_the_last_bit():
    """Ten times 0.1 is 1.0 by fsum, at an instant as over a span, while a running sum says less."""
    fading = Fading(Decay("window", 100), [(0, -5.0), *[(50, 0.1)] * 10])
    assert fading.total(Span(120, 120)) == (1.0, 1.0)
    assert fading.total(Span(100, 149)) == (1.0, 1.0)
    assert fading.total(Span(99, 149)) == (-4.0, 1.0)
    assert fading.total(Span(99, 150)) == (-5.0, 1.0)


@settings(max_examples=300, deadline=None, derandomize=True, database=None)
@given(
    st.one_of(
        st.builds(Decay, st.sampled_from(["half_life", "linear", "window"]), st.integers(1, 150)),
        st.builds(
            lambda a, b, x, y: Decay("steps", steps=((a, x), (a + b, y))), *[st.integers(1, 30)] * 2, SHARE, SHARE
        ),
        st.just(Decay()),
    ),
    st.lists(st.tuples(st.integers(0, 40), st.sampled_from([-20.0, -0.1, 0.1, 0.3, 7.7, 10.0])), max_size=8),
    st.integers(0, 50),
    st.integers(0, 30),
)
def test_the_bounds_of_a_span_hold_at_each_of_its_instants(decay, worth, begin, length):
    """Rigorous: no value within the span lies outside, not even by the last bit."""
    first = max([begin, *(at for at, _ in worth)])
    fading = Fading(decay, sorted(worth))
    low, high = fading.total(Span(first, first + length))
    for instant in range(first, first + length + 1):
        (value, same) = fading.total(Span(instant, instant))
        assert low <= value == same <= high
    assert fading.total(Span(fading.end(), fading.end())) == fading.total(Span(10**6, 10**6)) or first > fading.end()
