"""What can go wrong between the demo and the doors."""

from wardwise.errors import WardwiseError


class NoAnswer(WardwiseError):
    """The door at {address} gave no usable answer to message {control} after {attempts} attempts. Check that `wardwise serve` or `wardwise demo` is running, then start again; nothing is lost, for a message sent twice counts once."""  # noqa: E501

    exit_code = 90


class NotLoopback(WardwiseError):
    """The demo speaks to this machine only, and {address} is another. Give 127.0.0.1; invented patients have no business in a real hospital."""  # noqa: E501

    exit_code = 91


class BoardRefused(WardwiseError):
    """The board answered {status} to {path}. Look at its page in a browser; the demo uses the same forms."""

    exit_code = 92
