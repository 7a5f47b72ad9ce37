"""What is installed can speak: the catalogues travel with the package."""

import shutil
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

from pipeline.wording import DEFAULT_LANGUAGE, LANGUAGES
from pipeline.wording.catalogue import catalogue_path

ROOT = Path(__file__).parents[2]


def test_the_wheel_holds_every_catalogue(tmp_path):
    """An installation out of a wheel has the same .po files as the source tree."""
    source = tmp_path / "source"
    source.mkdir()
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    shutil.copytree(ROOT / "pipeline", source / "pipeline", ignore=shutil.ignore_patterns("__pycache__"))
    build = "import sys; from setuptools.build_meta import build_wheel; build_wheel(sys.argv[1])"
    subprocess.run([sys.executable, "-c", build, str(tmp_path)], cwd=source, check=True, capture_output=True)
    with ZipFile(next(tmp_path.glob("*.whl"))) as wheel:
        for language in LANGUAGES:
            if language != DEFAULT_LANGUAGE:
                path = catalogue_path(language)
                assert wheel.read(path.relative_to(ROOT).as_posix()) == path.read_bytes()
