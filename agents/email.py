"""Deliveries, opens, clicks, replies, bounces and unsubscribes."""

from faust.types import StreamT

from agents import topics
from agents.app import app


@app.agent(topics.email)
async def email(stream: StreamT) -> None:
    """Hand each chunk to its partition, which applies it in the order of time over all topics."""
    async for event in stream.noack().events():
        app.owned.accept(event)
