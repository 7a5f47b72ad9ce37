"""What sales, approvers and finance did."""

from agents import topics
from agents.app import app
from pipeline.streaming.app import ChunkStream


@app.agent(topics.crm_actions)
async def crm_actions(stream: ChunkStream) -> None:
    """Hand each chunk to its partition, which applies it in the order of time over all topics."""
    async for event in stream.noack().events():
        app.owned.accept(event)
