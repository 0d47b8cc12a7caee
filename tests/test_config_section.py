import pytest
from pydantic import ValidationError

from bridge.config_section import Section


class Sample(Section):
    size: int = 1


def test_an_unknown_option_is_a_mistake():
    with pytest.raises(ValidationError, match="sizes"):
        Sample(sizes=2)


def test_what_was_read_does_not_change():
    with pytest.raises(ValidationError):
        Sample().size = 2
