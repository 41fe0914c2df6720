"""How the texts of a card are put side by side, the same on every surface."""


def beside(label: str, says: str) -> str:
    """What stands beside a label, without the label said again at its beginning."""
    rest = says.removeprefix(f"{label} ")
    return rest.strip() or says


def clause(says: str) -> str:
    """A sentence as a part of another: without its final full stop."""
    return says.removesuffix(".")
