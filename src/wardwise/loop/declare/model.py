"""How a workflow's model is read from an artefact and made from history."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from wardwise.loop.derive.view import View


class Artefacts(Protocol):
    """Content-addressed bytes; `get` refuses bytes that do not have the hash asked for."""

    def get(self, sha256: str) -> bytes:
        """The bytes with this hash; raises BrokenArtefact."""
        ...

    def __hash__(self) -> int:
        """Stores are told apart by identity, so that a loaded model can be kept per store."""
        ...


@dataclass(frozen=True, slots=True)
class Trained:
    """A model ready to be published: its bytes and where it came from."""

    artefact: bytes
    lineage: dict[str, str]


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """`load` reads an artefact (JSON or LightGBM text, never code); `train` makes one from what a view shows."""

    name: str
    load: Callable[[bytes], Any]
    train: "Callable[[View], Trained]"
