"""Parameters of the export to Hypatos: what Kanbert does not know, and what is to be sent."""

from collections.abc import Mapping
from dataclasses import field
from typing import Final, Literal, get_args
from zoneinfo import ZoneInfo

from pydantic import ConfigDict
from pydantic.dataclasses import dataclass

from autobook.domain.canonical import sha256
from autobook.domain.hypatos.invoice import HypatosCurrency, JsonObject
from autobook.domain.json_parameters import parameters_of

type CostCentre = Literal["none", "position", "project", "client"]
type ExportStatus = Literal["open", "ready_for_accounting", "booked"]
type MetadataField = Literal[
    "type",
    "status",
    "payment_status",
    "notes",
    "external_id",
    "external_origin",
    "date_of_start",
    "date_of_end",
    "payment_account",
    "supplier",
    "vats",
]
METADATA: Final[tuple[MetadataField, ...]] = get_args(MetadataField.__value__)
"""Kanbert's fields that can be sent as custom metadata: Hypatos has no place of its own for them, or a narrower one."""


@dataclass(frozen=True, kw_only=True, config=ConfigDict(extra="forbid", strict=True))
class HypatosParameters:
    """The parameters; all but the time zone have a default.

    `prefix` stands in front of Kanbert's ids: Hypatos' ids are unique across all source systems. `tax_codes` names the
    source system's tax codes by the rate in percent (`{"20": "V20"}`); a rate without one is its own code.
    `cost_centre` is what takes the place of a cost centre, which Kanbert does not have. An invoice is exported when its
    lines are booked and its status is `status` or a later one. `metadata` names fields of METADATA.
    """

    zone: ZoneInfo
    prefix: str = "kanbert-"
    company: str = ""
    client: str = ""
    currency: HypatosCurrency | Literal[""] = "EUR"
    document_type: str = ""
    status: ExportStatus = "open"
    cost_centre: CostCentre = "position"
    tax_codes: Mapping[str, str] = field(default_factory=dict)
    custom_fields: JsonObject = field(default_factory=dict)
    metadata: tuple[MetadataField, ...] = ()

    def __post_init__(self) -> None:
        """ValueError for a prefix that no id may have."""
        if any(character.isspace() for character in self.prefix):
            raise ValueError(f"prefix is {self.prefix!r}: an id of Hypatos holds no white space")

    @property
    def digest(self) -> str:
        """All of them, in 64 hexadecimal digits."""
        return sha256(repr(self).encode())

    @classmethod
    def from_json(cls, text: str, zone: ZoneInfo) -> "HypatosParameters":
        """The parameters of a JSON object, such as `{"company": "AT01"}`. ValueError that names what is wrong."""
        return parameters_of(cls, text, '{"company": "AT01"}', zone=zone)
