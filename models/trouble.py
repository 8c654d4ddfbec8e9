"""What the database raises when it does not answer, for those who may not know which library speaks to it."""

from sqlalchemy.exc import DBAPIError, InterfaceError, InternalError, OperationalError

#: Base of everything that a driver raises.
DatabaseTrouble = DBAPIError

#: Those of them that may be over in a moment. The others are mistakes of ours, or rows that cannot be.
DatabaseAway = (OperationalError, InterfaceError, InternalError)


def first_line(error: DBAPIError) -> str:
    """What the driver says, in one line and without the statement: that could hold anybody's words."""
    return (str(error.orig).splitlines() or [type(error.orig).__name__])[0]
