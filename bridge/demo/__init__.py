"""The harness for real servers, and the story that `make demo` plays on them."""
