"""How to reach what `make up` left running: the file that it writes, and that a command without `--stack` reads.

The file is `.local/stack.json` in the project, readable by its owner alone, since it holds a key of the emulator:

    {"account": {"port": 4566, "region": "eu-central-1",
                 "credentials": {"access_key_id": "...", "secret_access_key": "..."}},
     "stack_name": "autobook-local",
     "processes": {"MiniStack": {"pid": 4711, "started": 1790000000.25}, "Kanbert simulator": {...}},
     "urls": {"webhook": "http://127.0.0.1:4566/...", "kanbert": "http://127.0.0.1:8700"}}

The emulator listens on 127.0.0.1. `started` is in seconds since the epoch: with the pid it names a process for good.
`processes` and `urls` are for `make down` and for people; only `account` and `stack_name` are read here.
"""

import json
import socket
from dataclasses import dataclass, field
from pathlib import Path

FILE_NAME = "stack.json"
STATE_FILE = Path(__file__).resolve().parents[2] / ".local" / FILE_NAME
LOOPBACK = "127.0.0.1"
_SECONDS_TO_ANSWER = 2.0


@dataclass(frozen=True, slots=True)
class RunningAccount:
    """The emulated AWS account in which the stack is deployed."""

    port: int
    region: str
    access_key_id: str
    secret_access_key: str = field(repr=False)
    stack_name: str

    @property
    def endpoint(self) -> str:
        """The one address of all AWS services."""
        return f"http://{LOOPBACK}:{self.port}"

    def answers(self) -> bool:
        """True if something listens there."""
        try:
            socket.create_connection((LOOPBACK, self.port), timeout=_SECONDS_TO_ANSWER).close()
        except (OSError, OverflowError):  # OverflowError: no such port
            return False
        return True


def running_account(path: Path = STATE_FILE) -> RunningAccount | None:
    """What the file says, if it is there and legible; it may have ended since."""
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
        account, key = stored["account"], stored["account"]["credentials"]
        return RunningAccount(
            port=int(account["port"]),
            region=str(account["region"]),
            access_key_id=str(key["access_key_id"]),
            secret_access_key=str(key["secret_access_key"]),
            stack_name=str(stored["stack_name"]),
        )
    except FileNotFoundError:
        return None
    except (ValueError, TypeError, KeyError):
        return None  # cut short, or written by another version
