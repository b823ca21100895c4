"""Kanbert's filter language: `supplier.name contains "Hetzner" and sum_gross < 500`."""

from autobook.domain.conditions.errors import RuleError
from autobook.domain.conditions.parser import parse

__all__ = ["RuleError", "parse"]
