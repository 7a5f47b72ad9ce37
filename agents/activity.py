"""Facts that another partition read first and that belong to a lead of this one."""

from faust.types import StreamT

from agents import topics
from agents.app import app


@app.agent(topics.activity)
async def activity(stream: StreamT) -> None:
    """Hand each chunk to its partition, which applies it in the order of time over all topics."""
    async for event in stream.noack().events():
        app.owned.accept(event)
