"""Alembic's entry: run the migrations on the connection that was handed over."""

from alembic import context

from bridge.failpoints import reach
from bridge.store.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    transactional_ddl=True,
    on_version_apply=lambda **_: reach("migrate.step"),
)
context.run_migrations()
