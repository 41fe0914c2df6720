"""The free beds of the house."""

from collections.abc import Iterable

from wardwise.demo.setting import Place
from wardwise.demo.stay import Spot


class Beds:
    """Beds are taken from the unit of a kind that has most of them free, the lowest name first."""

    def __init__(self, places: Iterable[Place]) -> None:
        """All beds begin free."""
        self._kinds = {place.id: place.kind for place in places}
        self._order = {Spot(place.id, bed): n for place in places for n, bed in enumerate(place.beds)}
        self._free = {place.id: set(place.beds) for place in places}

    def take(self, kind: str) -> Spot | None:
        """A free bed of a kind, no longer free; None when there is none."""
        units = [unit for unit, free in self._free.items() if free and self._kinds[unit] == kind]
        if not units:
            return None
        unit = max(units, key=lambda one: len(self._free[one]))
        spot = min((Spot(unit, bed) for bed in self._free[unit]), key=self._order.__getitem__)
        self._free[unit].remove(spot.bed)
        return spot

    def give_back(self, spot: Spot) -> str:
        """The bed is free again; returns the kind of its unit."""
        self._free[spot.unit].add(spot.bed)
        return self._kinds[spot.unit]

    def kind(self, spot: Spot) -> str:
        """The kind of the unit of a spot."""
        return self._kinds[spot.unit]
