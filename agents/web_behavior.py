"""What visitors do on sites and in apps."""

from agents import topics
from agents.app import app
from pipeline.streaming.app import ChunkStream


@app.agent(topics.web_behavior)
async def web_behavior(stream: ChunkStream) -> None:
    """Hand each chunk to its partition, which applies it in the order of time over all topics."""
    async for event in stream.noack().events():
        app.owned.accept(event)
