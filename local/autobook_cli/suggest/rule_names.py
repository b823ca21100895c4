"""Names for proposed rules, that say what they are about."""

import re
from collections.abc import Iterable
from typing import Final

from autobook.domain.codes import normal_code
from autobook.domain.kanbert import Supplier
from autobook_cli.suggest.features import Band, Both, Feature, Rate, Word

_LONGEST: Final = 60


class RuleNames:
    """Each name once, and none that a rule has already."""

    def __init__(self, taken: Iterable[str]) -> None:
        self._taken = {each.casefold() for each in taken}

    def of(self, supplier: Supplier, feature: Feature) -> str:
        """`hetzner-online-gmbh-server`."""
        name = _slug(supplier.name or "") or f"supplier-{_slug(supplier.id or '')}"
        wanted = "-".join(filter(None, (name[:_LONGEST], _of_feature(feature))))
        number, free = 1, wanted
        while free.casefold() in self._taken:
            number += 1
            free = f"{wanted}-{number}"
        self._taken.add(free.casefold())
        return free


def _slug(text: str) -> str:
    return re.sub(r"[\W_]+", "-", normal_code(text)).strip("-")


def _of_feature(feature: Feature) -> str:
    match feature:
        case Word():
            return _slug(feature.word)
        case Rate():
            return f"vat-{_slug(feature.key[1])}"
        case Band(low=None):
            return f"below-{_slug(f'{feature.high:f}')}"
        case Band(high=None):
            return f"from-{_slug(f'{feature.low:f}')}"
        case Band():
            return f"{_slug(f'{feature.low:f}')}-to-{_slug(f'{feature.high:f}')}"
        case Both():
            return f"{_of_feature(feature.one)}-{_of_feature(feature.other)}"
        case _:
            return ""
