"""Leadtide's errors.

LeadtideError            everything below; its text says what happened, where, and what to do
├── ModelError           the model file cannot be used (file, line, column, remedy in each finding)
├── InputError           a file or argument the user gave cannot be used
├── BrokerError          the broker is not there, refuses us, or is set up wrongly
├── RecoveryError        the stored state is not what it must be; the process must not go on
├── RegistryError        the schema registry is not there, refuses us, or holds schemas that ours do not fit
├── HistoryError         a question about an instant whose facts are no longer kept
└── StoreError           the read model's Redis is not there, refuses us, or is set up wrongly

Bad events are no errors: they are data (`pipeline.codec.Rejection`) and become dead letters.
"""


class LeadtideError(Exception):
    """Base of all errors that are told to the user as one clear message. `exit_code` is the process's."""

    exit_code = 1


class ModelError(LeadtideError):
    """The model file cannot be used. Mend the file at the line and column in the text."""

    exit_code = 3


class InputError(LeadtideError):
    """A file or an argument cannot be used. Correct it and run the command again."""

    exit_code = 2


class BrokerError(LeadtideError):
    """The broker cannot be reached, refuses us, or its topics are set up wrongly."""

    exit_code = 4


class RecoveryError(LeadtideError):
    """Stored state and committed offsets disagree, or state cannot be read: the worker must not start."""

    exit_code = 5


class RegistryError(LeadtideError):
    """The schema registry cannot be used: it is not there, refuses us, or ours do not fit the schemas that it holds."""

    exit_code = 8


class HistoryError(LeadtideError):
    """The facts needed to answer are folded away. Ask the log: `leadtide replay --until`."""

    exit_code = 6


class StoreError(LeadtideError):
    """The read model's Redis cannot be reached, refuses us, or is set up wrongly. Scoring goes on without it."""

    exit_code = 7
