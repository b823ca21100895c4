"""Conditions written out again, as text and as JSON: parsing what is printed gives the same tree.

A sub-package of its own, which `conditions` does not load: only people need it.
"""

from autobook.domain.conditions.printing.json_printer import to_json, to_json_text
from autobook.domain.conditions.printing.text_printer import shortest, to_text

__all__ = ["shortest", "to_json", "to_json_text", "to_text"]
