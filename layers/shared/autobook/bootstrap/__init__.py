"""Wires each use case to its adapters: one module per function, and the only place that does so.

`build(settings, clients)` is the wiring: Lambda, the command line and the tests all call it, each with its own
`Clients` (AWS by service, Kanbert, the clock, the time left). A test that keeps a port in memory replaces it:
`dataclasses.replace(build(settings, clients), provenance=FakeProvenanceStore())`. `from_environment()` builds for
Lambda, at the first invocation, and keeps what it built while the function stays warm.

No façade: a function's module is imported by its own name, so that each loads what it uses and nothing else
(tests/functions/loads lists it). See docs/decisions/one-wiring.md.
"""
