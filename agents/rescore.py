"""Ticks: the time is T, and whoever is due by then is scored again."""

from agents import topics
from agents.app import app
from pipeline.streaming.app import ChunkStream


@app.agent(topics.rescore)
async def rescore(stream: ChunkStream) -> None:
    """Hand each chunk to its partition, which applies it in the order of time over all topics."""
    async for event in stream.noack().events():
        app.owned.accept(event)
