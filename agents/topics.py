"""What the agents read: each topic as a stream of chunks, all records of one partition out of one fetch."""

from agents.app import app
from pipeline import topics

web_behavior = app.chunks(topics.WEB_BEHAVIOR)
forms = app.chunks(topics.FORMS)
email = app.chunks(topics.EMAIL)
crm_actions = app.chunks(topics.CRM_ACTIONS)
activity = app.chunks(topics.ACTIVITY)
rescore = app.chunks(topics.RESCORE)
