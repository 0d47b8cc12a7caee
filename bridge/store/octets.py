"""Where some bytes stand inside others: what the two databases call by different names."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Integer
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import GenericFunction


class octets_at(GenericFunction[int]):  # noqa: N801 - it stands where functions stand
    """The place of the second in the first, from 1; 0 when it is not there."""

    type = Integer()
    inherit_cache = True


@compiles(octets_at, "sqlite")
def _in_sqlite(element: octets_at, compiler: SQLCompiler, **how: Any) -> str:
    return f"instr({compiler.process(element.clauses, **how)})"


@compiles(octets_at, "postgresql")
def _in_postgresql(element: octets_at, compiler: SQLCompiler, **how: Any) -> str:
    whole, part = element.clauses
    return f"position({compiler.process(part, **how)} IN {compiler.process(whole, **how)})"
