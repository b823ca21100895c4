"""Adapters: the implementations of the ports, one module or package per system that we talk to."""
