"""Matching a subject with thousands of conditions: an index over compiled tests.

    node = IndexNode([Entry(hit, conjuncts(pushed_down(condition))), …], table, timezone)
    node.collect(subject, companion, now, hits)

The engine knows conditions and field tables; what a condition stands for (`hit`) is its caller's matter.
"""

from autobook.domain.rules.engine.index import Entry, IndexNode

__all__ = ["Entry", "IndexNode"]
