"""Matrix: pure codecs, the server the homeserver calls, and our client of it."""
