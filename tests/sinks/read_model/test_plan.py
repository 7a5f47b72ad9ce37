"""What is done in Redis is said once, in commands that Lua can hand over."""

from collections import Counter

from pipeline.sinks.read_model.keys import Keys
from pipeline.sinks.read_model.lead import Lead
from pipeline.sinks.read_model.plan import Plan
from tests.sinks.read_model.worlds import own_aliases, score

LEADS = 1_000
MOST_WORDS = 4_000


def test_each_document_and_each_rank_is_written_once_in_commands_of_bounded_length():
    """A thousand new leads: a document, two ranks and two names each, one count for all; no word is said twice."""
    plan = Plan(Keys("r:").at("e"), 60)
    for number in range(LEADS):
        email = f"l{number}@acme.example"
        after = Lead(f"l{number}", score(f"l{number}", email=email, aliases=own_aliases(email)))
        plan.move(Lead(f"l{number}"), after)
    commands = list(plan.commands())
    words = Counter(command[0] for command in commands for _ in command[1:])
    assert words == {"MSET": 2 * LEADS, "ZADD": 2 * (2 * LEADS) + 2 * 3, "HINCRBY": 3, "SADD": 4 * LEADS}
    assert max(map(len, commands)) <= MOST_WORDS
