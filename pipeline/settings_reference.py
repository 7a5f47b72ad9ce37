"""The file `.env.reference`: every setting with its meaning and its default, written from the settings themselves.

python -m pipeline.settings_reference > .env.reference
"""

import sys
from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel

from pipeline.settings import PREFIX, Settings

_HEAD = """\
# Every setting of Leadtide with its default. Copy the lines that you change into .env, or set them in the environment.
# A secret is better kept in a file named like its variable in /run/secrets (or in LEADTIDE_SECRETS_DIR).
"""


def reference() -> str:
    """The text of the file."""
    return "\n".join([_HEAD, *_lines(Settings, PREFIX)])


def variables(model: type[BaseModel] = Settings, prefix: str = PREFIX) -> Iterator[tuple[str, Any, str]]:
    """Every setting: (variable, default, meaning)."""
    for name, field in model.model_fields.items():
        if isinstance(field.default, BaseModel):
            yield from variables(type(field.default), f"{prefix}{name.upper()}__")
        else:
            yield f"{prefix}{name.upper()}", field.default, field.description or ""


def _lines(model: type[BaseModel], prefix: str) -> Iterator[str]:
    for variable, default, meaning in variables(model, prefix):
        value = "" if default is None else str(default).lower() if isinstance(default, bool) else str(default)
        yield f"# {meaning}\n{variable}={value}\n"


if __name__ == "__main__":
    sys.stdout.write(reference())
