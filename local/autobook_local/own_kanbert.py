"""The whole system on this machine against a Kanbert of one's own, whose invoices are decided before any deployment.

No webhook can arrive here, so the sweep alone finds the documents. The API token goes into the secret of the emulated
account, which lives in memory and ends with it, and nowhere else.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

from autobook.adapters.kanbert import KanbertClient
from autobook.domain.errors import AccessRefused, AutobookError
from autobook.domain.events import Event
from autobook_local.listening import EventListener
from autobook_local.stack import Deployment, LocalStack, StackError, Toolchains
from autobook_local.stack.running import RunningStack
from autobook_local.system import load_rules

SWEEP_RATE = "rate(2 minutes)"
"""As often as the template allows: nothing else finds a document."""
_BRAKE = "Mode"
"""The parameter that holds every rule at `suggest`, those that are written later included."""
_API = "/api/v1"
_ADDRESS = re.compile(
    r"(https://[A-Za-z0-9.-]+(:[0-9]+)?|http://(127\.0\.0\.1|localhost)(:[0-9]+)?)(/[A-Za-z0-9._-]+)*", re.ASCII
)


def base_url(address: str) -> str:
    """The API's base URL from what a person types, with or without the version. StackError for no such address."""
    url = address.strip().rstrip("/")
    if not _ADDRESS.fullmatch(url):
        raise StackError(f"{address} is no address of a Kanbert: https://…, as in https://api.kanbert.com/api/v1")
    return url if url.count("/") > 2 else url + _API


def check_access(url: str, token: str) -> None:
    """StackError, in one line, unless Kanbert answers and takes the token."""
    try:
        with KanbertClient(url, token) as client:
            next(iter(client.chart_of_accounts()), None)
    except AccessRefused as error:
        raise StackError(f"Kanbert refuses the token: {error}") from None
    except AutobookError as error:
        raise StackError(f"Kanbert cannot be used: {error}") from None


@dataclass
class OwnKanbertSystem:
    """The template, deployed on this machine beside nothing, for as long as the `with` block lasts.

    `held`: no rule may write, whatever it says. `rules` are loaded as they are. `progress` gets a line for each step.
    """

    kanbert_url: str
    token: str = field(repr=False)
    held: bool = True
    rules: tuple[dict[str, Any], ...] = ()
    port: int | None = None
    parameters: Mapping[str, str] = field(default_factory=dict)
    progress: Callable[[str], None] = lambda _: None
    tools: Toolchains = field(default_factory=Toolchains)

    def __enter__(self) -> Self:
        """Start; StackError when something does not."""
        brake = {_BRAKE: "suggest"} if self.held else {}
        given = {"KanbertBaseUrl": self.kanbert_url, "SweepRate": SWEEP_RATE, **brake, **self.parameters}
        self.stack = LocalStack(parameters=given, port=self.port, tools=self.tools, progress=self.progress)
        try:
            self.deployment: Deployment = self.stack.__enter__()
            self.listener = EventListener(self.deployment)
            self.progress(f"filling in the secret, loading {len(self.rules)} rules")
            # The rules first: a sweep may begin at any time.
            load_rules(self.deployment, self.rules)
            value = json.dumps({"api_token": self.token})
            secret = self.deployment.outputs["ApiSecretArn"]
            self.deployment.clients.secrets.put_secret_value(SecretId=secret, SecretString=value)
        except BaseException as error:
            self.stop(keep_log=isinstance(error, Exception))
            raise
        return self

    def take_events(self) -> list[Event]:
        """Events that were published and have not been taken yet, at most ten; none if none comes within a second."""
        return self.listener.take()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End everything."""
        self.stop(keep_log=kind is not None and issubclass(kind, Exception))

    def stop(self, *, keep_log: bool = False) -> None:
        """End everything; harmless when nothing runs."""
        self.stack.stop(keep_log=keep_log)

    def leave(self) -> RunningStack:
        """Let it go on after this process; `make down` ends it. The token is not among what is remembered."""
        self.listener.close()
        processes = {"MiniStack": self.stack.emulator.identity}
        urls = {"webhook": self.deployment.webhook_url, "kanbert": self.kanbert_url}
        left = RunningStack(processes, self.stack.account, self.deployment.stack_name, urls)
        left.save(self.tools)
        self.stack.release()
        return left
