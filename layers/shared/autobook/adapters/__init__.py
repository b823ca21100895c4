"""The ports' other side: one module per system that is talked to."""
