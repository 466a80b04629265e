"""The one set of tables of the portal. Features declare theirs on it, migrations are compared with it."""

from sqlalchemy import MetaData

from services.chassis.schema import chassis_tables

metadata = MetaData(
    naming_convention={
        "pk": "%(table_name)s_key",
        "uq": "%(table_name)s_%(column_0_N_name)s_once",
        "ix": "%(table_name)s_by_%(column_0_N_name)s",
    }
)

chassis_tables(metadata)
