"""Mail: pure codecs, and two adapters that listen (lmtp) and submit (smtp)."""
