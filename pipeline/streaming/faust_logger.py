"""Where our Faust services write what Faust itself would say of them."""

import logging

FAUST_LOGGER = logging.getLogger("faust.leadtide")
"""Quiet unless the level is debug, as all of Faust. Without it mode names a logger after our module."""
