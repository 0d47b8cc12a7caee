import pytest
from sqlalchemy import LargeBinary, literal, select

from bridge.store.octets import octets_at


@pytest.mark.parametrize(
    ("part", "place"), [(b"Message-ID: <\xff\0", 7), (b"first", 1), (b"absent", 0)]
)
async def test_bytes_are_found_inside_bytes(store, part, place):
    whole = literal(b"first\nMessage-ID: <\xff\0a>", LargeBinary)
    asked = select(octets_at(whole, literal(part, LargeBinary)))
    assert await store.read(lambda conn: conn.scalar(asked)) == place
