"""YAML as we accept it: safe values only, no key twice, every mistake with line and column.

PyYAML silently lets the last of two equal keys win; a second ``visibility`` far below the first
could so publish a private list.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import cast

import yaml

from bridge.errors import ConfigError


def read_yaml(path: Path) -> dict[str, object]:
    """Return the mapping that the file holds.

    Raises:
        ConfigError: unreadable, no YAML, keys written twice, or no mapping at the top.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigError([f"{path}: cannot be read: {error.strerror}"]) from error
    except UnicodeDecodeError as error:
        raise ConfigError([f"{path}: is not UTF-8 at byte {error.start}"]) from error
    return parse_yaml(text, path.name)


def parse_yaml(text: str, name: str) -> dict[str, object]:
    """Return the mapping that the text holds; ``name`` begins each mistake.

    Raises:
        ConfigError: no YAML, keys written twice, or no mapping at the top.
    """
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        twice = [] if node is None else list(_keys_written_twice(node, name, set()))
        if twice:
            raise ConfigError(twice)
        value = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ConfigError([_sentence(error, name)]) from error
    except ValueError as error:
        # PyYAML passes on what the date type says about ``2025-02-30``, without its place.
        raise ConfigError([f"{name}: holds an impossible value: {error}"]) from error
    if not isinstance(value, dict):
        raise ConfigError([f"{name}: is empty or no mapping; write options as `name: value`"])
    return cast("dict[str, object]", value)


def _sentence(error: yaml.YAMLError, name: str) -> str:
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark is not None:
        mark = error.problem_mark
        context = f" ({error.context})" if error.context else ""
        return f"{name}: line {mark.line + 1}, column {mark.column + 1}: {error.problem}{context}"
    return f"{name}: {' '.join(str(error).split())}"


def _keys_written_twice(node: yaml.Node, name: str, seen: set[int]) -> Iterator[str]:
    # An anchor may be used inside itself; each node is visited once.
    if id(node) in seen:
        return
    seen.add(id(node))
    if isinstance(node, yaml.MappingNode):
        yield from _repeats([key for key, _ in node.value], name)
        children = [value for _, value in node.value]
    else:
        children = node.value if isinstance(node, yaml.SequenceNode) else []
    for child in children:
        yield from _keys_written_twice(child, name, seen)


def _repeats(keys: list[yaml.Node], name: str) -> Iterator[str]:
    first_line: dict[object, int] = {}
    for key in keys:
        line, column = key.start_mark.line + 1, key.start_mark.column + 1
        if isinstance(key, yaml.ScalarNode) and key.value in first_line:
            yield (
                f"{name}: line {line}, column {column}: {key.value!r} stands already on line "
                f"{first_line[key.value]}; keep one of them"
            )
        elif isinstance(key, yaml.ScalarNode):
            first_line[key.value] = line
