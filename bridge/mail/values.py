"""Frozen values -> plain JSON and back, each field checked against its declared type; pure.

For the answers of a process that read hostile mail: unlike a pickle such an answer can name no
code of ours, and whatever is not exactly of the declared type is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Any, NewType, TypeVar, Union, get_args, get_origin, get_type_hints

T = TypeVar("T")
Reader = Callable[[Any], Any]
_SCALARS = (str, int, bool, NoneType)


def plain(value: Any) -> Any:
    """Return a frozen value as what JSON can hold."""
    if is_dataclass(value):
        return {each.name: plain(getattr(value, each.name)) for each in fields(value)}
    if isinstance(value, tuple):
        return [plain(each) for each in value]
    return dict(value) if isinstance(value, Mapping) else value


def restored(kind: type[T], found: Any) -> T:
    """Return the value of that type which ``plain`` made this of.

    Raises:
        ValueError: nothing of that type ever becomes this.
    """
    reader: Reader = _reader(kind)  # type: ignore[arg-type]  # a type is hashable
    value: T = reader(found)
    return value


@cache
def _reader(kind: Any) -> Reader:  # noqa: PLR0911 - one for each kind of type
    """Return what reads one type; it asks for the readers of its parts when it runs."""
    if isinstance(kind, NewType):
        return _reader(kind.__supertype__)
    if kind in _SCALARS:
        return lambda found: _exactly(kind, found)
    origin, inner = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        return lambda found: _one_of(inner, found)
    if origin is tuple and inner[1:] == (Ellipsis,):
        return lambda found: tuple(map(_reader(inner[0]), _exactly(list, found)))
    if isinstance(origin, type) and issubclass(origin, Mapping):
        key, value = map(_reader, inner)
        return lambda found: {key(k): value(v) for k, v in _exactly(dict, found).items()}
    if issubclass(kind, Enum):
        return lambda found: kind(_exactly(str, found))
    named = get_type_hints(kind)
    return (
        (lambda found: _record(kind, named, found))
        if is_dataclass(kind)
        else (lambda found: _row(kind, named, found))
    )


def _exactly(kind: type, found: Any) -> Any:
    if type(found) is not kind:
        raise ValueError(f"{type(found).__name__} stands where {kind.__name__} should")
    return found


def _one_of(kinds: tuple[Any, ...], found: Any) -> Any:
    if found is None and NoneType in kinds:
        return None
    (kind,) = (each for each in kinds if each is not NoneType)
    return _reader(kind)(found)


def _record(kind: Any, named: Mapping[str, Any], found: Any) -> Any:
    if _exactly(dict, found).keys() != named.keys():
        raise ValueError(f"these are not the fields of a {kind.__name__}")
    return kind(**{name: _reader(named[name])(value) for name, value in found.items()})


def _row(kind: Any, named: Mapping[str, Any], found: Any) -> Any:
    if len(_exactly(list, found)) != len(named):
        raise ValueError(f"this is not a {kind.__name__}")
    return kind(*(_reader(part)(value) for part, value in zip(named.values(), found, strict=True)))
