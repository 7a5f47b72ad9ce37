"""Which commands there are, in the order of the help, and where each is found once it is asked for.

A module named here holds `app`, a `typer.Typer`: with one command it becomes that command, with several a group.
"""

from typing import NamedTuple


class Entry(NamedTuple):
    """One command: the module that holds its `app`, and its line in the help."""

    module: str
    line: str
    panel: str


_BEGIN = "Begin"
_RUN = "Run"
_ASK = "Look and ask"
_DATA = "Files"

COMMANDS = {
    "demo": Entry("pipeline.cli.demo", "Run the whole pipeline on sample traffic and watch it.", _BEGIN),
    "broker": Entry("pipeline.brokers.command", "Run a broker on this machine, for development.", _RUN),
    "topics": Entry("pipeline.cli.topics", "Create the topics, or check them.", _RUN),
    "schemas": Entry("pipeline.cli.schemas", "List our Avro schemas, and register them.", _RUN),
    "worker": Entry("pipeline.cli.worker", "Score: read the input topics, write stage changes.", _RUN),
    "project": Entry("pipeline.cli.project", "Keep the read model: Redis equal to the outputs.", _RUN),
    "produce": Entry("pipeline.cli.produce", "Send NDJSON events to the input topics.", _RUN),
    "rebuild": Entry("pipeline.cli.rebuild", "Score the whole log again under another model.", _RUN),
    "tick": Entry("pipeline.cli.tick", "Tell every partition what time it is.", _RUN),
    "status": Entry("pipeline.cli.status", "Say whether the workers have caught up.", _ASK),
    "tail": Entry("pipeline.cli.tail", "Watch stage changes, scores, signals or dead letters.", _ASK),
    "dlq": Entry("pipeline.cli.dlq", "List, show and send again what could not be read.", _ASK),
    "explain": Entry("pipeline.cli.explain", "Say why a lead has its score.", _ASK),
    "leads": Entry("pipeline.cli.leads", "List leads with their scores and stages.", _ASK),
    "accounts": Entry("pipeline.cli.accounts", "List accounts with their buying committees.", _ASK),
    "model": Entry("pipeline.cli.model", "Begin, check, read and compare scoring models.", _ASK),
    "replay": Entry("pipeline.cli.replay", "Score event files in one process, without a broker.", _DATA),
    "export": Entry("pipeline.cli.export", "Write from the topics the files that replay writes.", _DATA),
    "import": Entry("pipeline.cli.importing", "Make events of other data, such as access logs.", _DATA),
    "simulate": Entry("pipeline.cli.simulate", "Write lifelike sample events.", _DATA),
}
