"""Many documents on the deployed system: webhooks dropped, functions killed at random, and the sweep finds the rest.

    python -m tests.programs.emulator_chaos.chaos [SEED] [DOCUMENTS]

Ends with exit code 1 and the faults, or with `chaos on the emulator: OK`. A function is killed from outside, by ending
the emulator's worker process with SIGKILL in the middle of whatever it does: nothing in the functions knows of it.
"""

import contextlib
import json
import random
import sys
import threading
import time
from collections import Counter
from datetime import UTC, datetime
from typing import Any

import psutil

from autobook.adapters.kanbert import IncomingInvoiceUpload, UploadFile
from autobook.domain.documents import Document, DocumentKind
from autobook_local.demo.checks import faults
from autobook_local.demo.documents import demo_documents
from autobook_local.demo.rule_list import RULES
from autobook_local.demo.story import StillBusy, Story, busy, dead_letters, follow
from autobook_local.system import LocalSystem, read_rules

DROPPED = 0.2
PACE = 0.2
"""Seconds between two documents: all at once would be more cold starts than a small machine makes in three seconds."""
VISIBILITY = "15"
"""Seconds that a killed function's messages stay hidden; 360 in the template, which only makes this longer."""
PATIENCE = 900.0
_VICTIMS = ("ProcessFunction", "ArchiveFunction")
_SUITED = ("hosting", "telephone", "designer", "credit", "éditions", "flowers")


def say(text: str) -> None:
    """A line for a person, at once."""
    print(text, flush=True)  # noqa: T201 - what this command is for


class Killer(threading.Thread):
    """Kills one of the emulator's function workers every now and then."""

    def __init__(self, system: LocalSystem, chance: random.Random) -> None:
        super().__init__(daemon=True)
        self._supervisor = psutil.Process(system.stack.emulator.identity.pid)
        self._chance = chance
        self._ended = threading.Event()
        self.killed = 0

    def run(self) -> None:
        """Until `stop`."""
        while not self._ended.wait(self._chance.uniform(3.0, 9.0)):
            workers = [child for child in self._supervisor.children(recursive=True) if _is_worker(child)]
            if workers:
                with contextlib.suppress(psutil.NoSuchProcess):
                    self._chance.choice(workers).kill()
                    self.killed += 1

    def stop(self) -> None:
        """No more."""
        self._ended.set()
        self.join()


def _is_worker(process: psutil.Process) -> bool:
    """MiniStack runs each warm function as a `_worker.py` in a folder that bears the function's name."""
    try:
        command = " ".join(process.cmdline())
    except psutil.NoSuchProcess:
        return False
    return command.endswith("_worker.py") and any(f"-{function}-" in command for function in _VICTIMS)


def upload(system: LocalSystem, documents: int, chance: random.Random) -> list[Story]:
    """Give Kanbert so many invoices; of a fifth of them it forgets the webhook."""
    kinds = [d for d in demo_documents(datetime.now(UTC).date()) if d.file_name.startswith(_SUITED)]
    client, stories = system.simulator.client, []
    for number in range(documents):
        kind = chance.choice(kinds)
        pdf = kind.pdf + f"\n% {number}\n".encode()
        if chance.random() < DROPPED:
            system.simulator.control("PUT", "/webhooks", {"drop": 1})
        name = f"{number}-{kind.file_name}"
        invoice = client.upload_incoming_invoice(IncomingInvoiceUpload(), UploadFile.of(name, pdf))
        stories.append(Story(Document(DocumentKind.INCOMING_INVOICE, invoice.id), name, pdf))
        time.sleep(PACE)
    return stories


def rest(system: LocalSystem) -> None:
    """Wait until nothing is in flight. Raises StillBusy."""
    until = time.monotonic() + PATIENCE
    while busy(system):
        if time.monotonic() > until:
            raise StillBusy(f"messages are still waiting after {PATIENCE:.0f} s")
        time.sleep(1)


def invoke(system: LocalSystem, function: str) -> dict[str, Any]:
    """Run a scheduled function as its schedule would."""
    name = system.deployment.resources[function]
    answer = system.deployment.clients.functions.invoke(FunctionName=name, Payload=b"{}")
    payload: dict[str, Any] = json.loads(answer["Payload"].read())
    return payload


def heard_once(stories: list[Story]) -> None:
    """An event may come more than once, with the same id; a consumer knows it by that."""
    for story in stories:
        story.events = list({event.id: event for event in story.events}.values())


def run(seed: int, documents: int) -> list[str]:
    """Everything that is wrong at the end."""
    chance = random.Random(seed)
    with LocalSystem(rules=read_rules(RULES), progress=say) as system:
        for queue in ("DocumentsQueue", "ArchiveQueue"):
            system.deployment.clients.sqs.set_queue_attributes(
                QueueUrl=system.deployment.resources[queue], Attributes={"VisibilityTimeout": VISIBILITY}
            )
        killer = Killer(system, chance)
        killer.start()
        try:
            stories = upload(system, documents, random.Random(seed))
            say(f"{documents} documents given to Kanbert")
            rest(system)
        finally:
            killer.stop()
        say(f"at rest; functions killed: {killer.killed}")
        log = system.simulator.control("GET", "/webhooks")["deliveries"]
        say(f"webhooks: {dict(Counter(each['result'] for each in log))}")
        swept = invoke(system, "SweepFunction")
        say(f"sweep: {swept}")
        follow(system, stories, seconds=PATIENCE, progress=lambda _done, _all: None)
        reconciled = invoke(system, "ReconcileFunction")
        say(f"reconcile: {reconciled}")
        heard_once(stories)
        wrong = faults(system, stories)
        if reconciled.get("Differences") != 0:
            wrong.append(f"reconcile finds differences: {reconciled}")
        if not killer.killed:
            wrong.append("no function was killed: that proves nothing")
        return wrong + [letter for letter in dead_letters(system.deployment) if letter not in wrong]


def main() -> int:
    """The command line."""
    seed, documents = (int(given) for given in (sys.argv[1:] + ["1", "500"][len(sys.argv) - 1 :])[:2])
    try:
        wrong = run(seed, documents)
    except StillBusy as error:
        wrong = [str(error)]
    for fault in wrong:
        say(f"wrong: {fault}")
    say("chaos on the emulator: FAILED" if wrong else "chaos on the emulator: OK")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
