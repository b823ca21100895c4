"""The local stack builds and deploys for the processor of this machine, whichever it is."""

import platform
from pathlib import Path

import pytest

from autobook_local.stack import StackError, Toolchains
from autobook_local.stack.architecture import host_architecture
from autobook_local.stack.aws import Credentials
from autobook_local.stack.deploy import Build, deploy
from autobook_local.stack.emulator import Account


@pytest.fixture
def tools(tmp_path: Path) -> Toolchains:
    """A SAM CLI that prints what it is command."""
    sam = tmp_path / ".tools" / "sam" / "bin" / "sam"
    sam.parent.mkdir(parents=True)
    sam.write_text('#!/bin/sh\necho "$@"\n')
    sam.chmod(0o755)
    return Toolchains(tmp_path)


@pytest.mark.parametrize(
    ("machine", "architecture"), [("x86_64", "x86_64"), ("AMD64", "x86_64"), ("aarch64", "arm64"), ("arm64", "arm64")]
)
def test_built_and_deployed_for_this_machine(
    tools: Toolchains, monkeypatch: pytest.MonkeyPatch, machine: str, architecture: str
) -> None:
    """`sam build` and `sam deploy` get the same processor; two of them do not share what is built."""
    monkeypatch.setattr(platform, "machine", lambda: machine)
    built = Build(tools).finish()
    command = (tools.state / "logs" / "sam-build.log").read_text()
    assert f"--parameter-overrides Architecture={architecture}" in command
    assert architecture in built.parts
    deploy(tools, Account(4566, Credentials("key", "secret")), built, "a-stack", {"TimeZone": "Europe/Vienna"})
    command = (tools.state / "logs" / "sam-deploy-a-stack.log").read_text()
    assert f'--parameter-overrides Architecture="{architecture}" TimeZone="Europe/Vienna"' in command


def test_a_processor_that_lambda_lacks(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is named in one line."""
    monkeypatch.setattr(platform, "machine", lambda: "riscv64")
    with pytest.raises(StackError, match=r"^the functions cannot be built for this machine's processor \(riscv64\)$"):
        host_architecture()
