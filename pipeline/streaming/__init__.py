"""Under Faust: chunks in, one order of time, group commit out, and recovery.

Reads in the order in which data flows: transport → chunk → owned (which partitions are ours) → partition → intake
(lanes, decoding) → engine → checkpoint (batches, writer, marker), and back after a crash: recovery. Around it:
clock and ticker, watchdog, dead letters, validation. What others may use: markers, profiles, marker.
"""
