"""The trigram index over search_entry.folded: FTS5 on SQLite, pg_trgm on PostgreSQL."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

SQLITE = (
    "CREATE VIRTUAL TABLE search_index USING fts5(folded, content='search_entry',"
    " content_rowid='row_id', tokenize='trigram', detail='full')",
    "INSERT INTO search_index(search_index, rank) VALUES('secure-delete', 1)",
    "CREATE TRIGGER search_entry_added AFTER INSERT ON search_entry BEGIN"
    " INSERT INTO search_index(rowid, folded) VALUES (new.row_id, new.folded); END",
    "CREATE TRIGGER search_entry_removed AFTER DELETE ON search_entry BEGIN"
    " INSERT INTO search_index(search_index, rowid, folded)"
    " VALUES('delete', old.row_id, old.folded); END",
    "CREATE TRIGGER search_entry_changed AFTER UPDATE OF folded ON search_entry"
    " WHEN old.folded <> new.folded BEGIN"
    " INSERT INTO search_index(search_index, rowid, folded)"
    " VALUES('delete', old.row_id, old.folded);"
    " INSERT INTO search_index(rowid, folded) VALUES (new.row_id, new.folded); END",
)
POSTGRESQL = (
    "CREATE EXTENSION IF NOT EXISTS pg_trgm",
    "CREATE INDEX ix_search_entry_folded_trgm ON search_entry USING gin (folded gin_trgm_ops)",
)


def upgrade() -> None:
    sqlite = op.get_bind().dialect.name == "sqlite"
    for statement in SQLITE if sqlite else POSTGRESQL:
        op.execute(statement)


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for name in ("added", "removed", "changed"):
            op.execute(f"DROP TRIGGER search_entry_{name}")
        op.execute("DROP TABLE search_index")
    else:
        op.execute("DROP INDEX ix_search_entry_folded_trgm")
