"""Show a line to whoever runs the tests, while a test runs and its output is captured."""

from __future__ import annotations

from collections.abc import Callable

import pytest


def teller(config: pytest.Config) -> Callable[[str], None]:
    """Return what shows a line at once, on a line of its own."""
    capture = config.pluginmanager.get_plugin("capturemanager")
    reporter = config.pluginmanager.get_plugin("terminalreporter")

    def tell(line: str) -> None:
        with capture.global_and_fixture_disabled():
            reporter.ensure_newline()
            reporter.write_line(f"    {line}")

    return tell
