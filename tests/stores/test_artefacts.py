"""Artefacts are their content; keys and identifiers are kept apart and to their owner."""

import pickle
import stat

import pytest

from wardwise.errors import BrokenArtefact, ImpossibleValue, NotAllowed, NotFound, StoreUnavailable
from wardwise.loop.capture.canonical import digest
from wardwise.stores.artefacts import Artefacts
from wardwise.stores.keys import has_keys, load_keys, make_keys
from wardwise.stores.vault import Person, Vault

MODEL = b"tree\nversion=v4\n"


@pytest.fixture
def artefacts(tmp_path):
    (tmp_path / "artefacts").mkdir()
    return Artefacts(tmp_path / "artefacts")


@pytest.fixture
def keys(tmp_path):
    (tmp_path / "keys").mkdir(mode=0o700)
    return make_keys(tmp_path / "keys", seed=1)


def file_of(tmp_path, sha256):
    return tmp_path / "artefacts" / sha256[:2] / sha256


def test_bytes_come_back_under_their_hash(artefacts):
    sha256 = artefacts.put(MODEL)
    assert sha256 == digest(MODEL)
    assert artefacts.get(sha256) == MODEL
    assert artefacts.put(MODEL) == sha256


@pytest.mark.parametrize("damaged", [b"", MODEL[:-1], MODEL.replace(b"4", b"5"), pickle.dumps({"a": 1})])
def test_a_changed_artefact_is_refused_and_can_be_put_again(artefacts, tmp_path, damaged):
    sha256 = artefacts.put(MODEL)
    file_of(tmp_path, sha256).write_bytes(damaged)
    with pytest.raises(BrokenArtefact, match="do not match"):
        artefacts.get(sha256)
    artefacts.put(MODEL)
    assert artefacts.get(sha256) == MODEL


@pytest.mark.parametrize("name", ["", "../keys/token.key", "a" * 63, "A" * 64, "g" * 64, "a" * 64 + "\n"])
def test_only_a_hash_names_an_artefact(artefacts, name):
    with pytest.raises(BrokenArtefact, match="SHA-256"):
        artefacts.get(name)


def test_an_absent_artefact_is_refused(artefacts):
    with pytest.raises(BrokenArtefact, match="not here"):
        artefacts.get("a" * 64)


def test_nothing_but_whole_owner_only_files_is_left_behind(artefacts, tmp_path):
    sha256 = artefacts.put(MODEL)
    [folder] = (tmp_path / "artefacts").iterdir()
    [file] = folder.iterdir()
    assert (file.name, stat.S_IMODE(file.stat().st_mode)) == (sha256, 0o600)


def test_a_signed_artefact_verifies_with_its_facts(artefacts, keys):
    sha256 = artefacts.put(MODEL)
    manifest = artefacts.sign(sha256, keys.signing, facts={"workflow": "deterioration", "rows": 100})
    assert artefacts.verify(sha256, keys.public) == manifest
    assert manifest.facts == {"workflow": "deterioration", "rows": 100}


def test_an_unsigned_artefact_is_refused(artefacts, keys):
    with pytest.raises(BrokenArtefact, match="no manifest"):
        artefacts.verify(artefacts.put(MODEL), keys.public)


def test_the_signature_of_another_site_is_refused(artefacts, keys, tmp_path):
    (tmp_path / "other").mkdir()
    stranger = make_keys(tmp_path / "other")
    sha256 = artefacts.put(MODEL)
    artefacts.sign(sha256, stranger.signing)
    with pytest.raises(BrokenArtefact, match="signature"):
        artefacts.verify(sha256, keys.public)


def test_a_manifest_of_another_artefact_is_refused(artefacts, keys, tmp_path):
    one, two = artefacts.put(MODEL), artefacts.put(MODEL + b"x")
    artefacts.sign(one, keys.signing)
    file_of(tmp_path, one).with_suffix(".manifest").rename(file_of(tmp_path, two).with_suffix(".manifest"))
    with pytest.raises(BrokenArtefact, match="something else"):
        artefacts.verify(two, keys.public)


def test_a_signed_artefact_that_was_changed_is_refused(artefacts, keys, tmp_path):
    sha256 = artefacts.put(MODEL)
    artefacts.sign(sha256, keys.signing)
    file_of(tmp_path, sha256).write_bytes(b"x" * len(MODEL))
    with pytest.raises(BrokenArtefact, match="do not match"):
        artefacts.verify(sha256, keys.public)


def test_no_flipped_bit_of_a_manifest_passes(artefacts, keys, tmp_path):
    sha256 = artefacts.put(MODEL)
    signed = artefacts.sign(sha256, keys.signing, facts={"rows": 100})
    path = file_of(tmp_path, sha256).with_suffix(".manifest")
    stored = path.read_bytes()
    for at in range(len(stored)):
        changed = bytearray(stored)
        changed[at] ^= 1
        path.write_bytes(changed)
        try:
            assert artefacts.verify(sha256, keys.public) == signed
        except BrokenArtefact:
            continue


def test_keys_are_made_once_and_load_the_same(tmp_path):
    made = make_keys(tmp_path)
    loaded = load_keys(tmp_path)
    assert (loaded.token, len(loaded.token)) == (made.token, 32)
    assert loaded.public == made.public
    assert has_keys(tmp_path)
    with pytest.raises(NotAllowed, match="keys already"):
        make_keys(tmp_path)
    assert load_keys(tmp_path).token == made.token


def test_keys_of_a_seed_are_the_same_and_others_differ(tmp_path):
    made = []
    for name, seed in (("a", 7), ("b", 7), ("c", 8), ("d", None), ("e", None)):
        (tmp_path / name).mkdir()
        made.append(make_keys(tmp_path / name, seed=seed).token)
    assert made[0] == made[1]
    assert len(set(made)) == 4


def test_keys_are_owner_only_and_never_printed(tmp_path):
    keys = make_keys(tmp_path, seed=1)
    assert {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()} == {0o600}
    assert keys.token.hex()[:8] not in repr(keys)
    assert repr(keys) == "Keys()"


def test_keys_that_others_may_read_are_refused(tmp_path):
    make_keys(tmp_path)
    (tmp_path / "token.key").chmod(0o640)
    with pytest.raises(StoreUnavailable, match="others"):
        load_keys(tmp_path)


def test_absent_and_damaged_keys_are_refused(tmp_path):
    assert not has_keys(tmp_path)
    with pytest.raises(StoreUnavailable, match="wardwise init"):
        load_keys(tmp_path)
    make_keys(tmp_path)
    (tmp_path / "token.key").write_bytes(b"short")
    with pytest.raises(StoreUnavailable, match="32 bytes"):
        load_keys(tmp_path)


@pytest.fixture
def vault(tmp_path):
    opened = Vault(tmp_path / "vault.db")
    yield opened
    opened.close()


def test_the_vault_says_whom_a_token_stands_for(vault):
    people = [Person("t1", "MRN", "4711"), Person("t2", "VISIT", "0815")]
    vault.remember(people)
    vault.remember(people)
    assert [vault.reveal("t1"), vault.reveal("t2")] == people
    with pytest.raises(NotFound):
        vault.reveal("t3")


def test_a_token_never_changes_whom_it_stands_for(vault):
    vault.remember([Person("t1", "MRN", "4711")])
    with pytest.raises(ImpossibleValue) as refusal:
        vault.remember([Person("t9", "MRN", "1"), Person("t1", "MRN", "4712")])
    assert "471" not in str(refusal.value)
    assert vault.reveal("t1").identifier == "4711"
    with pytest.raises(NotFound):
        vault.reveal("t9")


def test_an_identifier_is_not_printed():
    assert repr(Person("t1", "MRN", "4711")) == "Person(token='t1')"
