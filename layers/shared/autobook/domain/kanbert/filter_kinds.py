"""How Kanbert's filter language sees a field of a document: an annotation of the models.

It is kept apart from the language itself, so that reading a document loads no parser (`domain.filter_fields` brings
the two together).
"""

from dataclasses import dataclass
from typing import Any

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema


@dataclass(frozen=True, slots=True)
class FilterKind:
    """One of `string id enum currency number date datetime boolean`.

    `values` are the enum values that the reference lists; others may come. One of them that is written otherwise
    (`Reference`, `ready for accounting`) is read as the listed one.
    """

    name: str
    values: tuple[str, ...] = ()

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """The field's own, behind the look for a listed value."""
        schema = handler(source)
        return core_schema.no_info_before_validator_function(self._listed, schema) if self.values else schema

    def _listed(self, value: Any) -> Any:
        wanted = _bare(value) if isinstance(value, str) else None
        return next((each for each in self.values if _bare(each) == wanted), value)


def _bare(text: str) -> str:
    return "_".join(text.casefold().replace("-", " ").replace("_", " ").split())
