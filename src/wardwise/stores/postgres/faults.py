"""What PostgreSQL says when it cannot, and what a person can do about it. Never a row's values, never a password."""

import psycopg
from psycopg import errors

_REMEDIES: tuple[tuple[tuple[type[psycopg.Error], ...], str], ...] = (
    ((errors.DiskFull,), "Free some disk space there; nothing of this write was kept and it may be tried again."),
    (
        (errors.LockNotAvailable, errors.QueryCanceled, errors.DeadlockDetected, errors.SerializationFailure),
        "Another process holds it; nothing of this was kept and it may be tried again.",
    ),
    (
        (errors.DataCorrupted, errors.IndexCorrupted, errors.CharacterNotInRepertoire),
        "Run `wardwise log verify`; if it fails, restore the last good backup.",
    ),
    ((errors.ReadOnlySqlTransaction,), "Name the primary server; this one only follows it."),
    ((errors.InsufficientPrivilege,), "Let the role that serves own wardwise's schemas."),
    ((errors.InvalidPassword, errors.InvalidAuthorizationSpecification), "Check the role and its password."),
    ((errors.TooManyConnections,), "Allow more connections; a service takes about a dozen."),
    (
        (errors.OperationalError, errors.InterfaceError),
        "Check that the server runs and can be reached; the service goes on by itself when it is back.",
    ),
)
_DAMAGE = (errors.DataCorrupted, errors.IndexCorrupted, errors.CharacterNotInRepertoire, UnicodeDecodeError)


def says(fault: psycopg.Error) -> str:
    """The server's own words without details, which hold values; of a connection that failed, why it did."""
    if fault.diag.message_primary:
        return fault.diag.message_primary
    return str(fault).strip().splitlines()[0] if str(fault).strip() else "the connection was lost"


def remedy_of(fault: psycopg.Error) -> str:
    """What to do about it."""
    for kinds, remedy in _REMEDIES:
        if isinstance(fault, kinds):
            return remedy
    return "This is a defect of wardwise; please report it."


def is_damage(cause: BaseException | None) -> bool:
    """Whether it means that stored bytes are damaged."""
    return isinstance(cause, _DAMAGE)
