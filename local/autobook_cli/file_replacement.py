"""Writing a file that a person works with: the whole new text, or the old one."""

import contextlib
import os
import shutil
import tempfile
from pathlib import Path


def replace_text(path: Path, text: str) -> None:
    """Write the text in UTF-8, line ends as they are. OSError where that cannot be done; then nothing has changed."""
    path = path.resolve()
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".autobook-")
    part = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(text.encode())
        if path.exists():
            shutil.copymode(path, part)
        else:
            part.chmod(0o666 & ~_umask())
        part.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            part.unlink()
        raise


def _umask() -> int:
    """What a new file of this process is not permitted; it can only be read by setting it."""
    present = os.umask(0o077)
    os.umask(present)
    return present
