"""The pure core: scores, stages and why, from facts, a model and an instant. Standard library only, no clock, no I/O."""
