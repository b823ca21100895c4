"""What `make up` left running: how to reach it, and how to end it."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

from local.stack import ProcessId, Toolchains
from local.system import LocalSystem

_FILE = "running.json"


@dataclass(frozen=True)
class RunningSystem:
    """A system that goes on by itself. Kept in a file that only its owner can read (it holds the local keys)."""

    kanbert_url: str
    api_token: str
    webhook_url: str
    environment: dict[str, str]
    outputs: dict[str, str]
    processes: tuple[ProcessId, ...]
    file: Path

    @classmethod
    def leave(cls, system: LocalSystem) -> Self:
        """Let a system go on, and remember it."""
        deployment = system.deployment
        file = system.tools.state / _FILE
        outputs = deployment.outputs
        running = cls(
            kanbert_url=system.simulator.url,
            api_token=system.simulator.token,
            webhook_url=deployment.webhook_url,
            environment=deployment.account.environment(),
            outputs=outputs,
            processes=tuple(system.release()),
            file=file,
        )
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch(mode=0o600)
        file.write_text(json.dumps({k: v for k, v in asdict(running).items() if k != "file"}, indent=2))
        return running

    @classmethod
    def find(cls, tools: Toolchains) -> Self | None:
        """The running system; None when there is none, or when all its processes have ended."""
        file = tools.state / _FILE
        try:
            fields = json.loads(file.read_text())
            processes = tuple(ProcessId(**process) for process in fields.pop("processes"))
            running = cls(**fields, processes=processes, file=file)
        except FileNotFoundError:
            return None
        except (ValueError, TypeError, KeyError):
            file.unlink()  # written by another version, or cut short: nothing in it can be relied on
            return None
        if any(process.find() for process in processes):
            return running
        file.unlink()
        return None

    def stop(self) -> None:
        """End its processes, and none that merely has the same number."""
        for process in self.processes:
            process.end()
        self.file.unlink(missing_ok=True)

    def description(self) -> str:
        """For a person: where everything is, and what to try."""
        exports = "\n".join(f"  export {name}={value}" for name, value in self.environment.items())
        return f"""
Kanbert (simulated)  {self.kanbert_url}
webhook endpoint     {self.webhook_url}
local AWS            {self.environment["AWS_ENDPOINT_URL"]}
rules table          {self.outputs["RulesTableName"]}
archive bucket       {self.outputs["ArchiveBucketName"]}
events for anybody   {self.outputs["DownstreamQueueUrl"]}

Upload an invoice of your own, then ask what became of it:

  curl -H 'Authorization: Bearer {self.api_token}' -F file=@invoice.pdf {self.kanbert_url}/api/v1/incoming-invoices
  curl -H 'Authorization: Bearer {self.api_token}' '{self.kanbert_url}/api/v1/incoming-invoices?sort=-created_at'

For the AWS CLI:

{exports}

`make down` stops it."""
