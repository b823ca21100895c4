"""The base of all models of Kanbert's answers: immutable, tolerant field by field."""

from collections.abc import Mapping
from typing import Any, ClassVar, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    ModelWrapValidatorHandler,
    PrivateAttr,
    ValidationError,
    ValidationInfo,
    model_validator,
)

from autobook.domain.kanbert.references import with_references


class KanbertModel(BaseModel):
    """A value read from Kanbert, immutable.

    What a field cannot hold makes the document unreadable only where the field is `needed`: a rule or a booking would
    go wrong without it. Any other is left empty, and named in the list `unread` of the validation's context. What we do
    not know, or could not read, is in `source`.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    needed: ClassVar[frozenset[str]] = frozenset({"id"})
    """Fields without which the object must not be taken for read."""

    documented: ClassVar[frozenset[str]] = frozenset({"id"})
    """Fields that the reference never leaves empty. Whether Kanbert keeps to it is another matter."""

    references: ClassVar[Mapping[str, str]] = {}
    """Related objects, and the fields of their ids: either may be what Kanbert shows (references.py)."""

    _source: dict[str, Any] = PrivateAttr(default_factory=dict)

    @property
    def source(self) -> dict[str, Any]:
        """The decoded JSON that the object was read from, as it came."""
        return self._source

    @model_validator(mode="wrap")
    @classmethod
    def _read(cls, data: Any, handler: ModelWrapValidatorHandler[Self], info: ValidationInfo) -> Self:
        """Field by field: what is not needed and does not fit is left out."""
        read = with_references(data, cls.references, cls.model_fields.keys(), cls.needed)
        try:
            model = handler(read)
        except ValidationError as error:
            unfit = {str(each["loc"][0]) for each in error.errors(include_url=False) if each["loc"]}
            if not unfit or unfit & cls.needed or not isinstance(read, dict):
                raise
            if isinstance(info.context, dict):
                info.context.setdefault("unread", []).extend(f"{cls.__name__}.{name}" for name in sorted(unfit))
            model = handler({name: value for name, value in read.items() if name not in unfit})
        if isinstance(data, dict):
            model._source = data
        return model
