"""What the database raises when it does not answer, for those who may not know which library speaks to it."""

from sqlalchemy.exc import DBAPIError, IntegrityError, InterfaceError, InternalError, OperationalError

#: Base of everything that a driver raises.
DatabaseTrouble = DBAPIError

#: Those of them that may be over in a moment. The others are mistakes of ours, or rows that cannot be.
DatabaseAway = (OperationalError, InterfaceError, InternalError)

#: A row that may not stand beside another: most of the time somebody stored the same at the same moment, and who
#: looks again finds it.
RowRefused = IntegrityError


def first_line(error: DBAPIError) -> str:
    """What the driver says, in one line and without the statement: that could hold anybody's words."""
    return (str(error.orig).splitlines() or [type(error.orig).__name__])[0]
