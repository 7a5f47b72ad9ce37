"""The kinds of lint, one file each: `CODE`, `ABOUT`, and `findings(model, context)`."""
