"""The exit codes are those that CONTRACTS.md names."""

import re
from pathlib import Path

from bridge import exit_codes

CONTRACT = Path(__file__).parent.parent / "CONTRACTS.md"


def test_every_exit_code_is_in_the_contract() -> None:
    table = CONTRACT.read_text("utf-8").partition("### Exit codes")[2].partition("\n## ")[0]
    named = {int(code) for code in re.findall(r"^\| (\d+) \|", table, re.MULTILINE)}
    assert named == {code for code in vars(exit_codes).values() if isinstance(code, int)}
