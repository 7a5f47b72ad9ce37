"""Every kind of lint, in the order of the help."""

from __future__ import annotations

from pipeline.models.lint.finding import Kind
from pipeline.models.lint.kinds import (
    behind_another,
    dead_end,
    idle_limit,
    loop,
    never_best,
    never_true,
    night_shift,
    no_hysteresis,
    no_way_back,
    out_of_reach,
    pays_twice,
    unknown_event,
    unknown_language,
    unknown_name,
    unmeetable_sla,
    unreachable_stage,
    unused,
)

KINDS: tuple[Kind, ...] = (
    never_true,
    never_best,
    behind_another,
    pays_twice,
    idle_limit,
    out_of_reach,
    no_way_back,
    no_hysteresis,
    dead_end,
    unreachable_stage,
    loop,
    unmeetable_sla,
    unknown_event,
    unknown_name,
    unknown_language,
    night_shift,
    unused,
)
