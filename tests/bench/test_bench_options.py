import pytest
import run_bench


def test_the_quick_run_and_the_full_one_measure_the_same_parts():
    assert list(run_bench.QUICK) == list(run_bench.FULL) == list("abcdefghi")


def test_parts_are_named_by_their_letters(capsys):
    assert run_bench._options(["--only", "db"]).only == ("b", "d")
    with pytest.raises(SystemExit):
        run_bench._options(["--only", "x"])
    assert "there is no part x" in capsys.readouterr().err
