"""What a document said when its state was announced: kept in provenance, to say later what has changed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

type ShownValue = Mapping[str, Any]
"""A value as events show it (event_fields.Value), with the digest of a text that is cut (`sha256`)."""
type ShownFields = Mapping[str, ShownValue]
"""By the field's name; what is empty is left out."""


@dataclass(frozen=True, slots=True)
class DocumentSnapshot:
    """`state` is the fingerprint, `summary` the document in a few words, as events have it.

    `fields` and `lines` (by their ids) are those of an incoming invoice; of other documents only the summary is kept.
    """

    state: str
    summary: Mapping[str, Any] = field(hash=False)
    fields: ShownFields = field(default_factory=dict, hash=False)
    lines: Mapping[str, ShownFields] = field(default_factory=dict, hash=False)
