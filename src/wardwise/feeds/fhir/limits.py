"""How much one delivery of FHIR resources may hold; counted before anything is built, so that no input is slow."""

from dataclasses import dataclass

MEBIBYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """Upper bounds, each inclusive. `values` counts commas and brackets; `items` is how far a list is looked into."""

    size: int = 8 * MEBIBYTE
    values: int = 100_000
    depth: int = 64
    resources: int = 400
    items: int = 100


STANDARD = Limits()
