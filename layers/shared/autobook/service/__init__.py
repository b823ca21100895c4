"""The use cases, one module each, against the ports they need."""
