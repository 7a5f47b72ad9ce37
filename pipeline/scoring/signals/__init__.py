"""What is told of a lead beside its stage: interest, conflicts, and whom to write to. One file for each signal."""
