"""The engine: one partition's scoring, without I/O. The worker and `leadtide replay` run the same one."""
