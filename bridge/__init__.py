"""Seconded: list threads in Matrix rooms, endorsements counted, results back on the list."""

__version__ = "0.1.0"
