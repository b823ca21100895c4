"""What a person can do with what `make up` left running: addresses, and commands that run as they are printed."""

import shlex
from datetime import date

from autobook_local.demo.documents import sample_invoice
from autobook_local.stack import Toolchains
from autobook_local.stack.running import RunningStack

_FILE = "invoice.pdf"


def what_to_try(stack: RunningStack, tools: Toolchains, today: date) -> str:
    """For people. Where Kanbert is simulated, an invoice to give it lies ready."""
    outputs, environment = stack.deployment.outputs, stack.account.environment()
    exports = "\n".join(f"  export {name}={shlex.quote(value)}" for name, value in environment.items())
    simulated = bool(stack.simulator_token)
    kanbert = "Kanbert (simulated)" if simulated else "Kanbert            "
    names = (name for name in ("billomat", "hypatos") if name in stack.urls)
    consumers = "".join(f"{name.capitalize()} (simulated)".ljust(21) + f"{stack.urls[name]}\n" for name in names)
    return f"""
{kanbert}  {stack.urls["kanbert"]}
{consumers}webhook endpoint     {stack.urls["webhook"]}
local AWS            {stack.account.endpoint}
rules table          {outputs["RulesTableName"]}
archive bucket       {outputs["ArchiveBucketName"]}
topic of the events  {outputs["EventsTopicArn"]}
{_invoice(stack, tools, today) if simulated else _OWN}
See what happens, event by event; or have a consumer of your own:

  .venv/bin/autobook events tail --since 1h
  .venv/bin/autobook consumer new my-consumer

For the AWS CLI:

{exports}

`make down` stops it all, `make up` shows this again."""


_OWN = """
The sweep looks for new invoices, and for rules that decide otherwise, every two
minutes. `autobook reprocess --open --dry-run` shows what would be written.
"""


def _form_file(path: str) -> str:
    """A file in a form, as curl reads it: a comma or semicolon would end a name without quotes."""
    if not set(path) & set(',;"\\'):
        return f"file=@{path}"
    escaped = path.replace("\\", "\\\\").replace('"', '\\"')
    return f'file=@"{escaped}"'


def _invoice(stack: RunningStack, tools: Toolchains, today: date) -> str:
    file = tools.state / _FILE
    file.write_bytes(sample_invoice(today))
    header = shlex.quote(f"Authorization: Bearer {stack.simulator_token}")
    api = f"{stack.urls['kanbert']}/api/v1/incoming-invoices"
    return f"""
Give Kanbert an invoice, this one or your own, and see what became of it there,
or on Kanbert's page (the first address):

  curl -H {header} \\
    -F {shlex.quote(_form_file(str(file)))} \\
    {api}
  curl -H {header} \\
    {shlex.quote(f"{api}?sort=-created_at")}
"""
