"""One transaction as a unit of work sees it, and statements that are compiled once.

`Transaction.execute` takes any SQLAlchemy Core statement. On hot paths (SQLAlchemy spends about 40 µs on each,
SQLite about 4) use a module-level `Prepared` with `rows`, `run` and `run_many`.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, cast

from sqlalchemy import Connection, CursorResult, Dialect, Executable
from sqlalchemy.sql.elements import ClauseElement

Dialects = Literal["sqlite", "postgresql"]
Row = tuple[Any, ...]


class _Compiled:
    """A statement's text for one dialect, and what turns values into the driver's and back."""

    def __init__(self, statement: ClauseElement, columns: Sequence[str] | None, dialect: Dialect) -> None:
        compiled = cast(Any, statement.compile(dialect=dialect, column_keys=list(columns) if columns else None))
        self.text: str = compiled.string
        self._binds = {
            name: processor
            for name, bind in compiled.binds.items()
            if (processor := bind.type.dialect_impl(dialect).bind_processor(dialect)) is not None
        }
        self._fixed = {name: bind.value for name, bind in compiled.binds.items() if not bind.required}
        self._order: list[str] | None = list(compiled.positiontup) if compiled.positional else None
        self._results = [
            (place, processor)
            for place, column in enumerate(getattr(statement, "exported_columns", ()))
            if (processor := column.type.dialect_impl(dialect).result_processor(dialect, None)) is not None
        ]

    def values(self, given: Mapping[str, Any]) -> Any:
        values = {**self._fixed, **given} if self._fixed else given
        if self._binds:
            values = dict(values)
            for name, processor in self._binds.items():
                values[name] = processor(values[name])
        return values if self._order is None else [values[name] for name in self._order]

    def rows(self, found: list[Row]) -> list[Row]:
        if not self._results:
            return found
        return [self._row(row) for row in found]

    def _row(self, row: Row) -> Row:
        values = list(row)
        for place, processor in self._results:
            values[place] = processor(values[place])
        return tuple(values)


class Prepared:
    """A Core statement that is compiled once for each dialect; its variable parts are `bindparam`s.

    `columns`: for `table.insert()` or `table.update()` without values, the columns that are given.
    """

    def __init__(self, statement: ClauseElement, columns: Sequence[str] | None = None) -> None:
        self.statement = statement
        self._columns = columns
        self._compiled: dict[str, _Compiled] = {}

    def on(self, dialect: Dialect) -> _Compiled:
        compiled = self._compiled.get(dialect.name)
        if compiled is None:
            compiled = self._compiled[dialect.name] = _Compiled(self.statement, self._columns, dialect)
        return compiled


class Transaction:
    """What a unit of work gets. It ends with the unit: committed when it returns, rolled back when it raises."""

    __slots__ = ("_after", "_cursor", "connection", "dialect", "journaled")

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.dialect = cast(Dialects, connection.dialect.name)
        self.journaled = False
        """Set by the journal: after the commit the relay is woken."""
        self._cursor: Any = cast(Any, connection.connection).dbapi_connection.cursor()
        self._after: list[Callable[[], None]] | None = None

    def execute(
        self, statement: Executable, parameters: Mapping[str, Any] | Sequence[Mapping[str, Any]] | None = None
    ) -> CursorResult[Any]:
        """Executes a Core statement. A list of parameters executes it once for each."""
        return cast(CursorResult[Any], self.connection.execute(statement, parameters))

    def rows(self, statement: Prepared, /, **parameters: Any) -> list[Row]:
        """All rows, with column types applied."""
        compiled = statement.on(self.connection.dialect)
        self._cursor.execute(compiled.text, compiled.values(parameters))
        return compiled.rows(self._cursor.fetchall())

    def run(self, statement: Prepared, /, **parameters: Any) -> int:
        """Executes a statement without rows; gives the number of rows that it touched."""
        compiled = statement.on(self.connection.dialect)
        self._cursor.execute(compiled.text, compiled.values(parameters))
        return cast(int, self._cursor.rowcount)

    def run_many(self, statement: Prepared, parameters: Sequence[Mapping[str, Any]]) -> None:
        """Executes a statement once for each set of parameters."""
        compiled = statement.on(self.connection.dialect)
        if len(parameters) == 1:
            self._cursor.execute(compiled.text, compiled.values(parameters[0]))
            return
        self._cursor.executemany(compiled.text, [compiled.values(given) for given in parameters])

    def after_commit(self, callback: Callable[[], None]) -> None:
        """Runs `callback` on the database's thread once the commit is durable; never if it fails. It must be quick,
        must not raise and must hand anything else to its own loop (`call_soon_threadsafe`)."""
        self._after = [*(self._after or ()), callback]

    @property
    def callbacks(self) -> Sequence[Callable[[], None]]:
        return self._after or ()
