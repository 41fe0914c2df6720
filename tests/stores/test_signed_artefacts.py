from pathlib import Path

import pytest

from wardwise.errors import BrokenArtefact
from wardwise.stores.artefacts import Artefacts, Signed
from wardwise.stores.keys import make_keys


def folder(path: Path) -> Path:
    path.mkdir()
    return path


def test_only_what_this_site_has_signed_is_handed_out(tmp_path: Path) -> None:
    ours, theirs = (make_keys(folder(tmp_path / name), seed=n) for n, name in enumerate("ab"))
    store = Artefacts(folder(tmp_path / "artefacts"))
    mine, foreign, bare = (store.put(text) for text in (b"mine", b"foreign", b"bare"))
    store.sign(mine, ours.signing)
    store.sign(foreign, theirs.signing)
    signed = Signed(store, ours.public)
    assert signed.get(mine) == b"mine"
    for refused in (foreign, bare):
        with pytest.raises(BrokenArtefact):
            signed.get(refused)


def test_a_store_can_be_told_apart_so_that_a_loaded_model_is_kept(tmp_path: Path) -> None:
    keys = make_keys(tmp_path, seed=1)
    one, other = Signed(Artefacts(tmp_path), keys.public), Signed(Artefacts(tmp_path), keys.public)
    assert len({one, one, other}) == 2
