"""Where the outputs go: each sink reads the output topics by itself, lags and catches up without holding up scoring."""
