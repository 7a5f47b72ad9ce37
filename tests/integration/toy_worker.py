"""A real worker process with the toy engine: everything but the scoring. Its settings come from the environment."""

import os
import sys
from importlib import import_module
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from pipeline.bootstrap import set_up_logging
from pipeline.streaming.failpoints import Failpoints
from pipeline.streaming.worker import prepare, run
from tests.streaming.toy import ToyEngine

app = import_module("agents.app").app
level = set_up_logging(app.settings)
prepare(app, lambda _: ToyEngine(), failpoints=Failpoints.parse(os.environ.get("LEADTIDE_FAILPOINT")))
run(app, log_level=level)
