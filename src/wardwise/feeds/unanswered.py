"""Why a server that is asked for a feed did not answer. Never its own words: they may name patients."""

from wardwise.errors import WardwiseError


class Unanswered(WardwiseError):
    """The server did not give {what}: {why}. It is asked again by itself."""

    exit_code = 40

    @property
    def why(self) -> str:
        """The reason, in a few words."""
        return str(self.facts["why"])
