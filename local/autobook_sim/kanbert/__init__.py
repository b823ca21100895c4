"""Kanbert, simulated: what the references describe, over real HTTP, refusing what Kanbert would refuse.

State is in memory, ids follow from a seed. `operations.py` is the API as data, `control.py` what only tests may do.
"""
