"""What `pip install` brings onto a machine."""

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """The wheel, built from a copy, so that nothing is left in the project."""
    copy = tmp_path_factory.mktemp("wheel") / "project"
    ignored = shutil.ignore_patterns("__pycache__", "*.egg-info")
    for folder in ("layers/shared/autobook", "local"):
        shutil.copytree(PROJECT / folder, copy / folder, ignore=ignored)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(PROJECT / name, copy)
    build = "from setuptools import build_meta; print(build_meta.build_wheel('dist'))"
    done = subprocess.run(  # noqa: S603 - our own interpreter and text
        [sys.executable, "-c", build], cwd=copy, capture_output=True, text=True, check=True
    )
    return zipfile.ZipFile(copy / "dist" / done.stdout.splitlines()[-1])


def test_wheel_installs_four_packages_of_that_name(wheel: zipfile.ZipFile) -> None:
    """The product, its command line, the simulators and the local system; no package called `local` or `tests`."""
    installed = {name.partition("/")[0] for name in wheel.namelist() if ".dist-info/" not in name}
    assert installed == {"autobook", "autobook_cli", "autobook_local", "autobook_sim"}


def test_wheel_is_complete(wheel: zipfile.ZipFile) -> None:
    """Every module and every file that is read at run time is in it."""
    packages = [PROJECT / "layers" / "shared" / "autobook", *(PROJECT / "local").glob("autobook_*")]
    wanted = {
        str(path.relative_to(package.parent))
        for package in packages
        for path in package.rglob("*")
        if path.suffix in {".py", ".html", ".json", ".tmpl"}
    }
    assert wanted <= set(wheel.namelist())


def test_wheel_declares_the_commands(wheel: zipfile.ZipFile) -> None:
    """`autobook` and `autobook-sim`, and the three commands that the local system adds."""
    (declared,) = (wheel.read(name).decode() for name in wheel.namelist() if name.endswith("/entry_points.txt"))
    for line in ("autobook = autobook_cli:main", "autobook-sim = autobook_sim.command:app", "[autobook.commands]"):
        assert line in declared
