"""What sales, approvers and finance did."""

from faust.types import StreamT

from agents import topics
from agents.app import app


@app.agent(topics.crm_actions)
async def crm_actions(stream: StreamT) -> None:
    """Hand each chunk to its partition, which applies it in the order of time over all topics."""
    async for event in stream.noack().events():
        app.owned.accept(event)
