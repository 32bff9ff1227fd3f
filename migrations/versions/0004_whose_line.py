"""Say at the end of each search line whose it is, and find titles by owner and by team."""

import sqlalchemy as sa
from alembic import op

from crm.search.index import whose

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_ENTRY = sa.table(
    "search_entry", sa.column("owner_id"), sa.column("team_id"), sa.column("folded", sa.Text)
)


def upgrade() -> None:
    connection = op.get_bind()
    whoses = sa.select(_ENTRY.c.owner_id, _ENTRY.c.team_id).distinct()
    for owner_id, team_id in connection.execute(whoses).all():
        connection.execute(
            sa.update(_ENTRY)
            .where(
                _ENTRY.c.owner_id.is_not_distinct_from(owner_id),
                _ENTRY.c.team_id.is_not_distinct_from(team_id),
            )
            .values(folded=_ENTRY.c.folded + whose(_id(owner_id), _id(team_id)))
        )
    op.create_index(
        "ix_search_entry_owner_id_title_folded", "search_entry", ["owner_id", "title_folded"]
    )
    op.create_index(
        "ix_search_entry_team_id_title_folded", "search_entry", ["team_id", "title_folded"]
    )


def _id(value: object) -> str | None:
    return str(value) if value is not None else None


def downgrade() -> None:
    op.drop_index("ix_search_entry_team_id_title_folded", "search_entry")
    op.drop_index("ix_search_entry_owner_id_title_folded", "search_entry")
