"""The most memory that this process has held."""

import resource
import sys
from pathlib import Path

_STATUS = Path("/proc/self/status")


def peak_bytes() -> int:
    """Bytes since the program began.

    Linux hands `ru_maxrss` on from the process that started this one (getrusage(2)): under a large test run it would be
    that one's. `VmHWM`, in KiB, is this program's own (proc_pid_status(5)).
    """
    if _STATUS.exists():
        fields = dict(line.split(":", 1) for line in _STATUS.read_text().splitlines())
        return int(fields["VmHWM"].split()[0]) * 1024
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024  # macOS counts bytes, others KiB
