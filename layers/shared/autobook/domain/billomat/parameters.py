"""Parameters of the export to Billomat: what Kanbert does not know, and what is wanted."""

from decimal import Decimal
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import ConfigDict, Field, StringConstraints
from pydantic.dataclasses import dataclass

from autobook.domain.json_parameters import parameters_of

type AccountSplit = Literal["per_account", "largest"]
_Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
_Quote = Annotated[Decimal, Field(strict=False, gt=0, max_digits=20, decimal_places=6)]
_Tag = Annotated[str, StringConstraints(pattern=r"^[^,]{1,255}$")]


@dataclass(frozen=True, kw_only=True, config=ConfigDict(extra="forbid", strict=True))
class BillomatParameters:
    """The parameters; all but the time zone have a default.

    `split`: an invoice on several accounts becomes one incoming for each, or one on the account of the largest part.
    `currency` (ISO 4217) and `quote`: Kanbert names none. `delete`: what is deleted in Kanbert is deleted in Billomat,
    too. `category` and `tags` are the same for every incoming. `file`: the invoice's file is sent along.
    """

    zone: ZoneInfo
    split: AccountSplit = "per_account"
    currency: _Currency = "EUR"
    quote: _Quote = Decimal(1)
    category: str = ""
    tags: tuple[_Tag, ...] = ()
    delete: bool = False
    file: bool = True

    @classmethod
    def from_json(cls, text: str, zone: ZoneInfo) -> "BillomatParameters":
        """The parameters of a JSON object, such as `{"split": "largest"}`. ValueError that names what is wrong."""
        return parameters_of(cls, text, '{"split": "largest"}', zone=zone)
