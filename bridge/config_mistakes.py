"""What pydantic found, said as sentences: where, what is wrong, and the right form.

A sentence repeats what was written only where no secret can stand.
"""

from __future__ import annotations

import difflib
import types
import typing
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

Location = tuple[int | str, ...]

_KEY = "[key]"
"""What pydantic adds to the place of a mapping's key that does not fit."""


def sentences(error: ValidationError, root: object, *, at: Location = ()) -> list[str]:
    """Return each mistake as "path: what is wrong; the right form".

    Args:
        error: what validating against ``root`` (a model or type) found.
        root: where the right forms are looked up.
        at: the place of ``root`` itself in the file.
    """
    return [
        f"{path_of((*at, *details['loc']))}: {_sentence(details, root)}"
        for details in error.errors(include_url=False)
    ]


def path_of(location: Sequence[int | str]) -> str:
    """Return the place of an option as written in YAML terms: ``lists[0].visibility``."""
    path = ""
    for step in location:
        if step != _KEY:
            path += f"[{step}]" if isinstance(step, int) else f".{step}"
    return path.removeprefix(".")


def unknown_option(name: str, known: Iterable[str]) -> str:
    """Return the sentence about an option that does not exist, with the nearest that does."""
    options = sorted(known)
    near = difflib.get_close_matches(name.lower(), options, n=1)
    hint = f"did you mean {near[0]}?" if near else f"known here: {', '.join(options)}"
    return f"unknown option; {hint}"


def options_of(annotation: object) -> Sequence[str]:
    """Return the options that may be written in a section; none for other types."""
    model = _model(annotation)
    return [] if model is None else [n for n, f in model.model_fields.items() if not f.exclude]


def _sentence(details: ErrorDetails, root: object) -> str:
    location = details["loc"]
    form, annotation = _option_at(root, location)
    right_form = f"; write {form}" if form else ""
    match details["type"]:
        case "extra_forbidden":
            _, parent = _option_at(root, location[:-1])
            return unknown_option(str(location[-1]), options_of(parent))
        case "missing":
            return f"missing{right_form}"
        case "value_error":
            return str(details["ctx"]["error"])
        case "model_type" | "model_attributes_type" | "dict_type":
            return _wrong_section(details["input"], annotation)
        case _:
            return f"{_shown(details['input'])} does not fit{right_form}"


def _wrong_section(written: object, annotation: object) -> str:
    options = ", ".join(sorted(options_of(annotation))) or "name: value"
    problem = "is empty" if written is None else f"{_shown(written)} does not fit"
    return f"{problem}; write its options indented below ({options})"


def _shown(written: object) -> str:
    """Return what was written, short; the empty and the nested by their kind."""
    if written is None:
        return "nothing"
    if isinstance(written, str | int | float):
        text = repr(written)
        return text if len(text) <= 60 else f"{text[:57]}…"
    return "a mapping" if isinstance(written, Mapping) else "a list or other value"


def _option_at(root: object, location: Location) -> tuple[str | None, object]:
    """Walk the types along the location; return the right form there (if known) and the type."""
    form: str | None = None
    annotation = root
    for step, following in pairwise((*location, None)):
        if _KEY in (step, following):
            break
        model = _model(annotation)
        field = None if model is None else model.model_fields.get(str(step))
        if field is not None:
            form, annotation = field.description, field.annotation
        elif model is None:
            annotation = _item_type(annotation)
            form = _described(annotation) or form
        else:
            return None, None
    return form or _described(annotation), annotation


def _model(annotation: object) -> type[BaseModel] | None:
    bare = _bare(annotation)
    return bare if isinstance(bare, type) and issubclass(bare, BaseModel) else None


def _bare(annotation: object) -> object:
    """Return the type without ``| None`` and without what ``Annotated`` adds."""
    inner = _without_none(annotation)
    return typing.get_args(inner)[0] if typing.get_origin(inner) is typing.Annotated else inner


def _without_none(annotation: object) -> object:
    if isinstance(annotation, types.UnionType) or typing.get_origin(annotation) is typing.Union:
        return next(a for a in typing.get_args(annotation) if a is not types.NoneType)
    return annotation


def _described(annotation: object) -> str | None:
    added = getattr(_without_none(annotation), "__metadata__", ())
    return next((one.description for one in added if isinstance(one, FieldInfo)), None)


def _item_type(annotation: object) -> object:
    """Return the type of a tuple's items or of a mapping's values."""
    arguments = [a for a in typing.get_args(_bare(annotation)) if a is not Ellipsis]
    return arguments[-1] if arguments else None
