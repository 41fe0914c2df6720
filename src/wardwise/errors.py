"""Every error a user can meet: the class docstring is the message, one exit code each.

Exit codes: 0 fine, 1 a stated floor or check failed, 2 wrong usage, 10 and up one per kind below.
A message never carries a patient's data: it names the file, the field, the identifier of a raw message.
"""


class WardwiseError(Exception):
    """{what} ({where}): {remedy}"""

    exit_code = 10

    def __init__(self, **facts: object) -> None:
        """Fill the docstring's template with facts; the facts stay readable by name for machines."""
        self.facts = facts
        super().__init__((type(self).__doc__ or "").strip().format(**facts))


class BrokenFile(WardwiseError):
    """{file}:{line}: {field}: {what}. {remedy}"""

    exit_code = 11


class ImpossibleValue(WardwiseError):
    """{what}. {remedy}"""

    exit_code = 12


class FolderInUse(WardwiseError):
    """The data folder {folder} is in use by another wardwise (process {holder}). Stop that one, or give --data another folder; two writers would break the log's order."""

    exit_code = 13


class StaleWriter(WardwiseError):
    """The writer's token {token} for site {site} is no longer current ({current} is). Another worker has taken over this site; stop this one."""

    exit_code = 14


class UnknownKind(WardwiseError):
    """Event kind {kind} version {version} is not known here. {remedy}"""

    exit_code = 15


class BrokenChain(WardwiseError):
    """The log of site {site} does not verify at position {position}: {what}. Restore the last good backup and report an incident; do not append."""

    exit_code = 16


class NotFound(WardwiseError):
    """Nothing here has the id {id}. Ids are shown by `wardwise log tail`; the first characters are enough if they are unique."""

    exit_code = 17


class StoreUnavailable(WardwiseError):
    """The store {store} cannot be used: {what}. {remedy}"""

    exit_code = 18


class BrokenArtefact(WardwiseError):
    """The artefact {name} is refused: {what}. The version before it stays in use; publish the artefact again."""

    exit_code = 19


class NotAllowed(WardwiseError):
    """{what} is refused: {why}. {remedy}"""

    exit_code = 20


class ReplayDiffers(WardwiseError):
    """{count} of {total} decisions did not replay to the same bytes; the first is {first}. Compare it with `wardwise explain {first}`."""

    exit_code = 21


class NotRunnable(WardwiseError):
    """{what} cannot run: {why}. {remedy}"""

    exit_code = 22


class DamagedInbox(WardwiseError):
    """The inbox does not verify at receipt {sequence}: {what}. Restore the last good backup, or ask the source to send this message again; report an incident."""

    exit_code = 23


class BrokenBackup(WardwiseError):
    """The backup {folder} is refused: {what}. Nothing was restored; take another one."""

    exit_code = 24


class Unanswered(WardwiseError):
    """The server did not give {what}: {why}. It is asked again by itself."""

    exit_code = 25

    @property
    def why(self) -> str:
        """The reason in a few words, never the server's own: they may name patients."""
        return str(self.facts["why"])


class BrokenArchive(WardwiseError):
    """The archive's file {file} is refused: {what}. Put it back as it was, from a copy of the archive; the log says what it holds, and reads nothing in its place."""

    exit_code = 26
