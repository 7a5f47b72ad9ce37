"""Ways in a circle from stage to stage."""

from __future__ import annotations

from collections.abc import Iterator

Edge = tuple[str, str, int]
"""From, to, and which transition it is."""


def circles(edges: list[Edge]) -> Iterator[list[Edge]]:
    """Every simple circle once, beginning at its stage that is declared first among the edges."""
    order = {stage: number for number, stage in enumerate(dict.fromkeys(e[0] for e in edges))}
    for start in order:
        yield from _from(start, start, [], edges, order)


def _from(start: str, stage: str, way: list[Edge], edges: list[Edge], order: dict[str, int]) -> Iterator[list[Edge]]:
    for edge in edges:
        source, target, _ = edge
        if source != stage:
            continue
        if target == start:
            yield [*way, edge]
        elif order.get(target, -1) > order[start] and all(target != other[0] for other in way):
            yield from _from(start, target, [*way, edge], edges, order)
