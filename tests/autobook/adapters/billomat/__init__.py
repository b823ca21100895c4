"""The Billomat client, on the simulator and on answers that no simulator would give."""
