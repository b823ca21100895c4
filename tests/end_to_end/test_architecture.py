"""What `sam build` makes for each processor, on a machine that has one of them."""

from pathlib import Path

import pytest

from autobook_local.stack import Toolchains
from autobook_local.stack.architecture import ARM64, X86_64
from autobook_local.stack.deploy import Build, exclusive

_MACHINE_AT = 18
"""Where an ELF file says which processor it is for (System V ABI, "ELF header")."""
_MACHINES = {62: X86_64, 183: ARM64}


@pytest.mark.parametrize("architecture", [ARM64, X86_64])
def test_libraries_of_the_layers(architecture: str) -> None:
    """Every compiled library of the layers is of the processor that was asked for, also of another than this one's."""
    tools = Toolchains()
    with exclusive(tools, lambda _: None):
        built = Build(tools, architecture=architecture).finish().parent
        found = {path.name: _machine(path) for path in built.rglob("*.so")}
    assert any("pydantic_core" in name for name in found)
    assert set(found.values()) == {architecture}


def test_the_time_zones_are_in_the_layer() -> None:
    """The functions bring the time zones with them: the runtime's own may be old, or gone."""
    layer = Toolchains().state / "build"
    assert list(layer.glob("*/artifacts/SharedLayer/python/tzdata/zoneinfo/Europe/Vienna"))


def _machine(library: Path) -> str:
    header = library.read_bytes()[:20]
    assert header.startswith(b"\x7fELF")
    return _MACHINES[int.from_bytes(header[_MACHINE_AT : _MACHINE_AT + 2], "little")]
