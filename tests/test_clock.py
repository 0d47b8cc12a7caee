import time

from bridge.clock import now


def test_now_is_a_whole_number_of_milliseconds_since_1970():
    before, instant, after = time.time_ns(), now(), time.time_ns()
    assert isinstance(instant, int)
    assert before // 1_000_000 <= instant <= after // 1_000_000
