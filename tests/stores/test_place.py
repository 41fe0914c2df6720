"""A data folder remembers where its databases are; the password is kept apart from it."""

from pathlib import Path

import pytest

from wardwise.errors import StoreUnavailable
from wardwise.sites.store_at import without_password
from wardwise.stores.place import FILE, PASSWORD, Place, folder_name, note_place, place_of


def test_a_place_is_read_back_and_holds_no_password(tmp_path: Path) -> None:
    place = Place("postgresql://wardwise@db/wardwise", tmp_path / "secret")
    note_place(tmp_path, place)
    assert place_of(tmp_path) == place
    assert (tmp_path / FILE).stat().st_mode & 0o077 == 0
    assert place_of(tmp_path / "elsewhere") is None


def test_two_data_folders_at_one_place_have_names_of_their_own(tmp_path: Path) -> None:
    for folder in (one := tmp_path / "one", other := tmp_path / "other"):
        folder.mkdir()
        note_place(folder, Place("postgresql://wardwise@db/wardwise"))
    assert folder_name(one) == folder_name(one) != folder_name(other) != ""
    (one / FILE).write_text('{"address": "x", "password_file": null}')
    assert folder_name(one) == folder_name(tmp_path) == ""


@pytest.mark.parametrize("written", ["", "{", "[]", '{"address": "x"}', "null"])
def test_a_damaged_note_is_refused_with_what_to_do(tmp_path: Path, written: str) -> None:
    (tmp_path / FILE).write_text(written)
    with pytest.raises(StoreUnavailable, match="init --store"):
        place_of(tmp_path)


def test_the_environment_comes_before_the_file_and_without_both_there_is_none(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("of the file\n")
    file.chmod(0o600)
    assert Place("a", file).password({}) == "of the file"
    assert Place("a", file).password({PASSWORD: "told"}) == "told"
    assert Place("a").password({}) == ""


def test_a_password_that_others_may_read_or_that_is_not_there_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    with pytest.raises(StoreUnavailable, match="cannot be read"):
        Place("a", file).password({})
    file.write_text("of the file")
    file.chmod(0o644)
    with pytest.raises(StoreUnavailable, match="others may read it"):
        Place("a", file).password({})


@pytest.mark.parametrize(
    "address",
    ["postgresql://u:p@h/d", "postgresql://u@h/d?password=p", "host=h password=p", "password=p", "postgres://u:@h/d"],
)
def test_an_address_with_a_password_is_known(address: str) -> None:
    with pytest.raises(ValueError, match="holds a password"):
        without_password(address)


@pytest.mark.parametrize("address", ["postgresql://u@h:5432/d", "postgresql:///d?host=/run/pg&user=u", "host=h user=u"])
def test_an_address_without_one_is_fine(address: str) -> None:
    assert without_password(address) == address
