import pytest
from bench_figures import Aim, Figure, Skipped, Spread, compared, percentile, table


def test_a_ratio_is_taken_of_each_round_and_not_of_the_medians():
    assert compared([1.0, 9.0], [2.0, 3.0]).values == (0.5, 3.0)


@pytest.mark.parametrize(("percent", "wanted"), [(50, 5), (99, 10), (100, 10), (1, 1), (90, 9)])
def test_a_percentile_is_one_of_the_values(percent, wanted):
    assert percentile([10, 1, 9, 2, 8, 3, 7, 4, 6, 5], percent) == wanted


@pytest.mark.parametrize(
    ("aim", "values", "wanted"),
    [
        (Aim(least=0.95), (0.9, 0.96, 0.97), "met"),
        (Aim(least=0.95), (0.9, 0.94, 0.97), "in range"),
        (Aim(least=0.95), (0.9, 0.92, 0.94), "missed"),
        (Aim(most=1.3), (1.1, 1.2, 1.9), "met"),
        (Aim(most=1.3), (1.1, 1.4, 1.9), "in range"),
        (Aim(most=1.3), (1.31, 1.4, 1.9), "missed"),
        (None, (1.0,), ""),
    ],
)
def test_the_median_decides_and_the_range_is_told(aim, values, wanted):
    assert Figure("a", "speed", "posts/s", Spread(values), aim=aim).verdict == wanted


def test_a_figure_with_a_comparison_is_judged_by_the_ratio():
    ours, raw = Spread((90.0,)), Spread((100.0,))
    figure = Figure("a", "speed", "/s", ours, raw, Spread((0.9,)), Aim(least=0.95))
    assert figure.verdict == "missed"


def test_the_table_names_what_was_not_measured_and_each_note_once():
    figures = [Figure("d", what, "mails/s", Spread((5.0,)), note="durably") for what in "xy"]
    shown = table(figures, [Skipped("e", "There is no compiler.")])
    assert shown.count("durably") == 1
    assert shown.endswith("e: not measured. There is no compiler.")
