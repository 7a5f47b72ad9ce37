"""The Faust app of a worker."""

from pipeline.settings import load
from pipeline.streaming.app import App

app = App(load(), autodiscover=["agents"])
