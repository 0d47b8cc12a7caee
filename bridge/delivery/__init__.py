"""Deliverers: from an outbox row to the homeserver or the mail server, and back with the id."""
