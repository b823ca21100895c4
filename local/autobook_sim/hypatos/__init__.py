"""Hypatos, simulated: what docs/hypatos-api.md knows, over real HTTP, refusing what Hypatos would refuse.

State is in memory. `fields.py` is the invoice as data, `profiles.py` each way in which Hypatos may behave where its
reference says nothing, `control.py` what only tests may do.
"""
