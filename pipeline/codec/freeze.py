"""Freeze the current schemas that differ from their last frozen version, as `schemas/history/<name>/v<N>.avsc`.

python -m pipeline.codec.freeze

Do so in the commit that changes a schema; tests/schemas says whether the change may be made. A frozen one stays.
"""

import sys
from pathlib import Path

from pipeline.codec.schemas import all_names, current_text, history_texts, root


def freeze(folder: Path) -> list[Path]:
    """Write what is new into `folder`/history; returns the files written."""
    written = []
    for name in all_names():
        texts = history_texts(name)
        if not texts or texts[-1] != current_text(name):
            path = folder / "history" / name / f"v{len(texts) + 1}.avsc"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(current_text(name), encoding="utf-8")
            written.append(path)
    return written


if __name__ == "__main__":
    for file in freeze(Path(str(root()))):
        sys.stdout.write(f"{file}\n")
