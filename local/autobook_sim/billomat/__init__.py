"""Billomat, simulated: incomings and suppliers as the reference describes them, over real HTTP and XML.

Refuses what Billomat would refuse. State is in memory. `operations.py` is the API as data, `profiles.py` what is not
documented and can be played each way, `control.py` what only tests may do.
"""
