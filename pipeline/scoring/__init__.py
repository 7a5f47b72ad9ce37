"""The pure core: scores, stages and why, from facts, a model and an instant. Standard library, no clock, no I/O."""
