"""Events made of other people's files; one file per kind of source."""
