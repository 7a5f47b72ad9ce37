"""Imported by the process that the others are forked from: loads others' libraries once."""

from tests.clauses.mutant import warm_up

warm_up()
