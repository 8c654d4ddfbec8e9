"""What the database raises when it does not answer, for those who may not know which library speaks to it."""

from sqlalchemy.exc import DBAPIError

#: Base of everything that a driver raises.
DatabaseTrouble = DBAPIError


def first_line(error: DBAPIError) -> str:
    """What the driver says, in one line and without the statement: that could hold anybody's words."""
    return (str(error.orig).splitlines() or [type(error.orig).__name__])[0]
