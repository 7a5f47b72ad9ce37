"""The read model: Redis kept equal to the output topics, for those who ask often (layout: docs/read-model.md).

source.py      the output topics, read from given offsets
lead.py        what is kept of one lead, and what each record does to it (pure)
plan.py        the commands that take Redis from the old leads to the new ones (pure)
store.py       Redis: a lease, epochs, and commits of data and offsets in one step
projector.py   the loop: attach, apply, notice what was lost, build anew
reading.py     how others read it
checking.py    whether it is what the topics say
"""
