"""The Faust side of Leadtide: the app, its topics and tables, and one short agent per input."""
