"""Who acts on advice, answers for it, or reads about it."""

from enum import StrEnum


class Role(StrEnum):
    """The people wardwise speaks to."""

    CHARGE_NURSE = "charge-nurse"
    BED_MANAGER = "bed-manager"
    HOUSE_SUPERVISOR = "house-supervisor"
    STAFFING_COORDINATOR = "staffing-coordinator"
    NURSE = "nurse"
    PHYSICIAN = "physician"
    DATA_STEWARD = "data-steward"
    BOARD_MEMBER = "board-member"
    ENGINEER = "engineer"

    @property
    def spoken(self) -> str:
        """The role as people say it: `House supervisor`."""
        return self.value.replace("-", " ").capitalize()
