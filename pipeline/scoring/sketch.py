"""The score of one category from an instant on, drawn with few strokes: quick bounds for many questions.

What fades with a half-life is a number times one power of two, what counts or steps is a constant up to its next step,
and a limit that does not bind now cannot bind while the points below it fade. The bounds leave room for whatever float
arithmetic may do otherwise than the exact sum, so that an answer that they give is the exact one's; where they give
none, the sheet is asked (`outlook.py`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.scoring.fading import FOREVER, ROUNDING
from pipeline.scoring.model import Category, Group
from pipeline.scoring.span import Bounds, Span, clip

if TYPE_CHECKING:
    from pipeline.scoring.rules import Prepared


@dataclass(slots=True)
class Stroke:
    """What one rule adds before `until`: `level` at the sketch's instant, fading with a half-life (0: constant).

    `size` bounds its absolute value, and that of any sum of some of its `items`, from now on; `is_alike` says that
    these have one sign. `least` and `most` clip it.
    """

    rule: Prepared
    level: float
    half_life: int
    until: int
    size: float
    items: int = 1
    is_alike: bool = False
    least: float | None = None
    most: float | None = None

    def __post_init__(self) -> None:
        if _never_binds(self.size, self.least, self.most):
            self.least = self.most = None
        else:
            self.size = max(self.size, abs(self.least or 0.0), abs(self.most or 0.0))

    def over(self, span: Span, now: int) -> tuple[float, float]:
        """The bounds over a span, but for rounding."""
        first, last = span
        level = self.level
        if not self.half_life:
            return (level, level) if last < self.until else self.rule.value(span)
        start = level * 2.0 ** ((now - first) / self.half_life)
        if last < self.until:
            end = level * 2.0 ** ((now - last) / self.half_life)
        elif self.is_alike:
            end = 0.0  # points of one sign fall silent one by one
        else:
            return self.rule.value(span)
        if start > end:
            start, end = end, start
        return clip(start, self.least, self.most), clip(end, self.least, self.most)


class Sketch:
    """A category at the instant `now`: its `parts` (the rules of a group, or one without), and `fixed`, what rests."""

    def __init__(
        self, parts: Iterable[tuple[Sequence[Prepared], Group | None]], fixed: Collection[float], now: int
    ) -> None:
        self._now = now
        self._fixed = sum(fixed)
        self._smooth: list[Stroke] = []
        self._stepping: list[Stroke] = []
        self._clipped: list[tuple[list[Stroke], float | None, float | None]] = []
        size, items = sum(map(abs, fixed)), 64 + len(fixed)
        for rules, group in parts:
            strokes = [rule.stroke(now) for rule in rules]
            total = sum([stroke.size for stroke in strokes])
            if group is None or _never_binds(total, group.min, group.max):
                for stroke in strokes:
                    self._place(stroke)
            else:
                self._clipped.append((strokes, group.min, group.max))
            size += total
            items += sum([stroke.items for stroke in strokes]) + 4 * len(strokes)
        self._until = min((stroke.until for stroke in self._smooth), default=FOREVER)
        levels: dict[int, float] = {}
        for stroke in self._smooth:
            levels[stroke.half_life] = levels.get(stroke.half_life, 0.0) + stroke.level
        self._levels = list(levels.items())
        self._noise = ROUNDING * items
        self._slack = self._noise * size

    def _place(self, stroke: Stroke) -> None:
        if stroke.least is not None or stroke.most is not None:
            self._clipped.append(([stroke], None, None))
        elif stroke.half_life:
            self._smooth.append(stroke)
        elif stroke.until == FOREVER:
            self._fixed += stroke.level
        else:
            self._stepping.append(stroke)

    def near(self, span: Span, category: Category) -> Bounds:
        """Bounds of the category's score, clipped to its range."""
        first, last = span
        now = self._now
        low = high = self._fixed
        slack = self._slack
        if last < self._until:
            for half_life, level in self._levels:
                start = level * 2.0 ** ((now - first) / half_life)
                end = start if first == last else level * 2.0 ** ((now - last) / half_life)
                if start < end:
                    low += start
                    high += end
                else:
                    low += end
                    high += start
        else:
            for stroke in self._smooth:
                start, end = stroke.over(span, now)
                low += start
                high += end
        for stroke in self._stepping:
            if last < stroke.until:
                low += stroke.level
                high += stroke.level
            else:
                start, end = stroke.rule.value(span)
                slack += self._noise * (abs(start) + abs(end))
                low += start
                high += end
        for strokes, least, most in self._clipped:
            below = above = 0.0
            for stroke in strokes:
                start, end = stroke.over(span, now)
                below += start
                above += end
            low += clip(below, least, most)
            high += clip(above, least, most)
        return Bounds(low - slack, high + slack).clipped(category.lowest, category.highest)


def _never_binds(size: float, least: float | None, most: float | None) -> bool:
    """Whether a sum of fading points of these absolute values keeps within the limits for ever."""
    return (least is None or -size >= least) and (most is None or size <= most)
