"""The languages in which Leadtide speaks to people, and its words in each (docs/languages.md).

What machines read (stages, causes, signals, reason codes, names of fields) is never translated.
"""

from pipeline.wording import codes
from pipeline.wording.catalogue import Words, words_of
from pipeline.wording.languages import DEFAULT_LANGUAGE, LANGUAGES, negotiated

__all__ = ["DEFAULT_LANGUAGE", "LANGUAGES", "Words", "codes", "negotiated", "words_of"]
