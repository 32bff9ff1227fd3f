"""Runs the migrations on the app's own engine, in one transaction each."""

from alembic import context
from flask import current_app

config = context.config
db = current_app.extensions["migrate"].db


def run() -> None:
    """Upgrade or downgrade online; SQLite tables are rebuilt by batch operations."""
    given = config.attributes.get("connection")
    if given is not None:
        _run_on(given)
        return
    with db.engine.connect().execution_options(writes=True) as connection:
        _run_on(connection)
        connection.commit()


def _run_on(connection) -> None:
    def skip_empty(_context, _revision, directives) -> None:
        if getattr(config.cmd_opts, "autogenerate", False) and directives[0].upgrade_ops.is_empty():
            directives[:] = []

    context.configure(
        connection=connection,
        target_metadata=db.metadata,
        render_as_batch=True,
        transactional_ddl=True,
        process_revision_directives=skip_empty,
    )
    with context.begin_transaction():
        context.run_migrations()


run()
