"""How Kanbert's filter language sees a field of a document: an annotation of the models.

It is kept apart from the language itself, so that reading a document loads no parser (`domain.filter_fields` brings
the two together).
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FilterKind:
    """One of `string id enum currency number date datetime boolean`.

    `values` are the enum values that the reference lists; others may come.
    """

    name: str
    values: tuple[str, ...] = ()
