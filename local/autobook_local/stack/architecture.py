"""The processor that functions are built for: here this machine's, which runs them; on AWS the template's default."""

import platform

from autobook_local.stack.errors import StackError

PARAMETER = "Architecture"
"""The parameter of the template that takes it."""
ARM64, X86_64 = "arm64", "x86_64"
_MACHINES = {"x86_64": X86_64, "amd64": X86_64, "aarch64": ARM64, "arm64": ARM64}


def host_architecture() -> str:
    """Lambda's word for the processor of this machine. StackError if Lambda has none like it."""
    machine = platform.machine()
    try:
        return _MACHINES[machine.lower()]
    except KeyError:
        raise StackError(f"the functions cannot be built for this machine's processor ({machine})") from None
