"""The one set of tables of this service. Features declare theirs on it, migrations are compared with it."""

from sqlalchemy import MetaData

from services.chassis.schema import chassis_tables

metadata = MetaData(
    naming_convention={
        "pk": "%(table_name)s_key",
        "uq": "%(table_name)s_%(column_0_N_name)s_once",
        "ix": "%(table_name)s_by_%(column_0_N_name)s",
        "ck": "%(table_name)s_%(constraint_name)s",
        "fk": "%(table_name)s_%(column_0_N_name)s_known",
    }
)

chassis_tables(metadata)
