"""Alembic's environment for every service; `services.chassis.migrating` brings the connection and its transaction."""

from alembic import context

context.configure(
    connection=context.config.attributes["connection"],
    render_as_batch=True,
    transactional_ddl=False,  # the transaction is ours, begun under the lock
)
context.run_migrations()
