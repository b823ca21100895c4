"""Tells the simulator's page which rules set what: `python -m autobook_local.rule_display`, beside what `make up` left.

Kanbert itself knows nothing of rules. Provenance does; this looks there for each invoice that the page shows, whenever
it has changed. It ends with the simulator. Addresses come by arguments, the emulator's key by the environment.
"""

import contextlib
import os
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
from botocore.exceptions import BotoCoreError, ClientError

from autobook.adapters.dynamodb.provenance_store import DynamoProvenanceStore
from autobook.domain.documents import Document, DocumentKind
from autobook.domain.errors import AutobookError
from autobook_cli.console import say
from autobook_local.stack import ProcessId, Supervised, Toolchains
from autobook_local.stack.aws import Credentials
from autobook_local.stack.emulator import Account
from autobook_local.stack.processes import plain_environment

NAME = "rule display"
_SECONDS = 1.5
_PATIENCE = 20
"""Looks in a row that may fail, before it takes the simulator or the emulator for ended."""


class RuleDisplay:
    """What the page has been told so far, and the way to tell it more."""

    def __init__(self, simulator: str, store: DynamoProvenanceStore) -> None:
        self._http = httpx.Client(base_url=f"{simulator}/_sim", timeout=10, trust_env=False)
        self._store = store
        self._known: dict[str, list[dict[str, Any]]] = {}

    def close(self) -> None:
        """Close the connection."""
        self._http.close()

    def look(self) -> None:
        """Once: the rules of every invoice that the page shows. httpx.HTTPError where the simulator does not answer."""
        listed = self._http.get("/documents").raise_for_status().json()["incoming"]
        found = {each["id"]: self._values(each["id"]) for each in listed}
        if news := {key: values for key, values in found.items() if self._known.get(key, []) != values}:
            self._http.put("/rules", json=news).raise_for_status()
            self._known |= news

    def _values(self, invoice_id: str) -> list[dict[str, Any]]:
        record = self._store.get(Document(DocumentKind.INCOMING_INVOICE, invoice_id))
        return [
            {"booking_id": each.booking_id, "field": each.field, "rule_id": each.rule_id} for each in record.written
        ]


def start(tools: Toolchains, simulator: str, account: Account, table: str) -> ProcessId:
    """Start it, to go on after this process; its identity."""
    environment = plain_environment(tools.state / "simulator") | account.environment()
    process = Supervised(
        [sys.executable, "-m", "autobook_local.rule_display", simulator, str(account.port), account.region, table],
        env=environment,
        log=_log(tools),
        cwd=tools.project,
    )
    return process.release()


def _log(tools: Toolchains) -> Path:
    log = tools.state / "logs" / "rule-display.log"
    log.unlink(missing_ok=True)
    return log


def main(arguments: list[str], environment: Mapping[str, str]) -> int:
    """Look again and again, until simulator or emulator have ended."""
    simulator, port, region, table = arguments
    credentials = Credentials(environment["AWS_ACCESS_KEY_ID"], environment["AWS_SECRET_ACCESS_KEY"])
    client = Account(int(port), credentials, region).clients().dynamodb
    failed = 0
    with contextlib.closing(RuleDisplay(simulator, DynamoProvenanceStore(client, table))) as display:
        while failed < _PATIENCE:
            try:
                display.look()
                failed = 0
            except (httpx.HTTPError, BotoCoreError, ClientError, AutobookError) as error:
                failed += 1
                say(f"{type(error).__name__}: {error}")
            time.sleep(_SECONDS)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
