"""Proposals as a rules file in YAML: to be read, tried and changed, and then put into the rules table by a person."""

from collections.abc import Sequence
from datetime import date
from typing import Final

import yaml

from autobook_cli.console import plain_lines
from autobook_cli.suggest.proposals import Proposal

_WIDTH: Final = 100
_HEAD: Final = """\
# Rules suggested on {today} from what people booked since {since}.
# Each is in mode `suggest`: it decides, records and publishes, but writes nothing. Look at them, delete what is wrong,
# try the others against the past (autobook rules backtest), and change the mode to `apply` when you trust a rule.
"""


def rules_file(proposals: Sequence[Proposal], *, today: date, since: date) -> str:
    """The text. The command line's own reader takes every value in it for the text that it is."""
    head = _HEAD.format(today=today, since=since)
    if not proposals:
        return f"{head}rules: []\n"
    return f"{head}rules:\n" + "\n".join(_part(each) for each in proposals)


def _part(proposal: Proposal) -> str:
    """One rule. A text that an editor would show as another than it is stands there in escapes."""
    items = [dict(proposal.item)]
    written = yaml.safe_dump(items, allow_unicode=True, sort_keys=False, width=_WIDTH)
    if plain_lines(written) == written:
        return written
    return yaml.safe_dump(items, allow_unicode=False, sort_keys=False, width=_WIDTH)
