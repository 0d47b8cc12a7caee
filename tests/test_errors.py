import pytest

from bridge.errors import ConfigError, Permanent, SecondedError, Transient, UserError


@pytest.mark.parametrize("error", [Transient, Permanent, UserError])
def test_an_error_says_its_sentence(error):
    assert str(error("The list is closed.")) == "The list is closed."


def test_whoever_catches_ours_catches_no_bug():
    for error in (Transient("x"), Permanent("x"), UserError("x"), ConfigError(["x"])):
        assert isinstance(error, SecondedError)
    assert not issubclass(SecondedError, ValueError | OSError | RuntimeError)


def test_what_time_heals_is_known_to_have_failed_unless_it_says_otherwise():
    error = Transient("no connection")
    assert (error.retry_after, error.outcome_unknown, error.alone) == (None, False, False)


def test_a_configuration_error_carries_every_mistake():
    error = ConfigError(["lists.0.id: missing", "matrix.homeserver: no URL"])
    assert error.mistakes == ["lists.0.id: missing", "matrix.homeserver: no URL"]
    assert str(error) == "lists.0.id: missing\nmatrix.homeserver: no URL"
