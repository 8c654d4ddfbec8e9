"""What the database raises when it does not answer, for those who may not know which library speaks to it."""

import sqlite3

from sqlalchemy.exc import DBAPIError, IntegrityError, InterfaceError, InternalError, OperationalError

#: Base of everything that a driver raises.
DatabaseTrouble = DBAPIError

#: Those of them that may be over in a moment. The others are mistakes of ours, or rows that cannot be.
DatabaseAway = (OperationalError, InterfaceError, InternalError)

#: A row that may not stand beside another: most of the time somebody stored the same at the same moment, and who
#: looks again finds it.
RowRefused = IntegrityError


#: How SQLite (sqlite.org/rescode.html) and PostgreSQL (its manual, appendix A) say that this user may not.
_SQLITE_MAY_NOT = {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM}
_SERVER_MAY_NOT = {"42501", "25006"}  # insufficient_privilege, read_only_sql_transaction


def may_not(error: DBAPIError) -> bool:
    """Whether the database is there, and this user may not write it, or not even open it."""
    code = getattr(error.orig, "sqlite_errorcode", None)
    if code is not None:
        return code & 0xFF in _SQLITE_MAY_NOT  # what stands above says why
    return getattr(error.orig, "sqlstate", None) in _SERVER_MAY_NOT


def is_busy(error: DBAPIError) -> bool:
    """Whether somebody else just writes an SQLite file."""
    return (getattr(error.orig, "sqlite_errorcode", None) or 0) & 0xFF == sqlite3.SQLITE_BUSY


def first_line(error: DBAPIError) -> str:
    """What the driver says, in one line and without the statement: that could hold anybody's words."""
    return (str(error.orig).splitlines() or [type(error.orig).__name__])[0]
