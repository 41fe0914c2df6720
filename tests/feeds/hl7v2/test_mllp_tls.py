"""The MLLP door over TLS, with real sockets and certificates made here: who is heard, as whom, and for how long."""

import asyncio
import contextlib
import shutil
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from tests.clocks import HandClock
from tests.feeds.certificates import NOW, Authority
from tests.waiting import in_time

from wardwise.assemble.doors import credentials
from wardwise.cli.examine import examine
from wardwise.cli.service import refuse_open_doors
from wardwise.errors import NotAllowed, NotRunnable
from wardwise.feeds.hl7v2.door import MllpDoor
from wardwise.feeds.hl7v2.framing import Frame
from wardwise.feeds.hl7v2.listening import Listening
from wardwise.feeds.hl7v2.peer import Peer
from wardwise.feeds.hl7v2.reception import Reception
from wardwise.feeds.hl7v2.routing import Routing
from wardwise.feeds.hl7v2.tls import Credentials, expiry
from wardwise.sites.doors import Listeners
from wardwise.sites.feed import Feed, Identity
from wardwise.stores.memory.inbox import MemoryInbox

AT = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority.make(tmp_path, "hospital-ca")


def client(authority: Authority, shown: tuple[Path, Path] | None = None) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=str(authority.file))
    if shown:
        context.load_cert_chain(*shown)
    return context


def feed(identity: dict[str, list[str]] | None) -> Feed:
    more = {"identity": identity} if identity else {}
    return Feed.model_validate({
        "name": "adt", "kind": "hl7v2", "sender": {"application": "EHR", "facility": "LGH"}, "mapping": "m.yaml",
        "freshness": "stream", "owner": "x", "steward": "x", **more,
    })  # fmt: skip


@asynccontextmanager
async def listening(
    files: Credentials | None, *, inbox: MemoryInbox, feeds: tuple[Feed, ...] = (), allow: tuple[str, ...] = ()
) -> AsyncIterator[tuple[Listening, int]]:
    reception = Reception("demo", "mllp", Routing(feeds))
    door = MllpDoor(inbox, reception, HandClock(AT), failed=lambda: None, allow=allow)
    ear = Listening(door, files)
    port = await ear.open("127.0.0.1", 0)
    yield ear, port
    await ear.close()


MESSAGE = b"\x0bMSH|^~\\&|EHR|LGH|||20260301||ADT^A01|7|P|2.5\rPID|1\r\x1c\r"


async def said(port: int, context: ssl.SSLContext | None, body: bytes = MESSAGE) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context)
    try:
        writer.write(body)
        return await reader.readuntil(b"\x1c\r")
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


def test_a_sender_with_a_certificate_of_the_authority_is_heard(authority: Authority) -> None:
    files = Credentials(*authority.sign("door"), authority.file)
    shown = authority.sign("ehr")

    async def run() -> None:
        inbox = MemoryInbox()
        async with listening(files, inbox=inbox) as (_, port):
            assert b"MSA|AA|7" in await said(port, client(authority, shown))
        assert inbox.counts("demo").stored == 1

    in_time(run)


def test_nobody_is_heard_without_one_or_with_one_of_another_authority_or_in_plain_text(
    authority: Authority, tmp_path: Path
) -> None:
    files = Credentials(*authority.sign("door"), authority.file)
    (tmp_path / "other").mkdir()
    stranger = Authority.make(tmp_path / "other", "other-ca").sign("ehr")
    ended = authority.sign("ended", days=-1)

    async def run() -> None:
        inbox = MemoryInbox()
        async with listening(files, inbox=inbox) as (_, port):
            for context in (client(authority), client(authority, stranger), client(authority, ended), None):
                with pytest.raises((OSError, asyncio.IncompleteReadError)):
                    await said(port, context)
            assert b"MSA|AA" in await said(port, client(authority, authority.sign("ehr")))
        assert inbox.counts("demo").received == 1

    in_time(run)


def test_old_versions_of_tls_are_not_spoken(authority: Authority) -> None:
    context = Credentials(*authority.sign("door"), authority.file).context()
    assert context.minimum_version is ssl.TLSVersion.TLSv1_2
    assert context.verify_mode is ssl.CERT_REQUIRED


def fingerprint(file: Path) -> str:
    der = x509.load_pem_x509_certificate(file.read_bytes())
    return "sha256:" + der.fingerprint(hashes.SHA256()).hex()


@pytest.mark.parametrize(
    ("names", "answer"),
    [
        (["ehr"], b"MSA|AA"),
        (["ehr.hospital"], b"MSA|AA"),
        (["lab"], b"MSA|AR"),
        (["EHR"], b"MSA|AR"),
        (["sha256:" + "0" * 64], b"MSA|AR"),
        (["lab", "FINGERPRINT"], b"MSA|AA"),
    ],
)
def test_a_certificate_speaks_only_for_the_senders_it_is_bound_to(
    authority: Authority, names: list[str], answer: bytes
) -> None:
    files = Credentials(*authority.sign("door"), authority.file)
    shown = authority.sign("ehr")
    bound = [fingerprint(shown[0]) if name == "FINGERPRINT" else name for name in names]

    async def run() -> None:
        inbox = MemoryInbox()
        async with listening(files, inbox=inbox, feeds=(feed({"certificates": bound}),)) as (_, port):
            told = await said(port, client(authority, shown))
            assert answer in told
        refused = inbox.refused("demo")
        assert len(refused) == (answer == b"MSA|AR")
        if refused:
            assert "may not speak for the sender of the feed adt" in refused[0].arrival.refusal
            assert refused[0].arrival.body.startswith(b"MSH|")  # kept for people to look at

    in_time(run)


@pytest.mark.parametrize(
    ("identity", "answer"),
    [
        ({"addresses": ["127.0.0.0/8"]}, b"MSA|AA"),
        ({"addresses": ["10.0.0.0/8", "::1"]}, b"MSA|AR"),
        ({"certificates": ["ehr"]}, b"MSA|AR"),
        ({"addresses": ["127.0.0.1"], "certificates": ["ehr"]}, b"MSA|AR"),
        (None, b"MSA|AA"),
    ],
)
def test_in_plain_text_a_sender_is_known_by_its_address_alone(
    identity: dict[str, list[str]] | None, answer: bytes
) -> None:
    async def run() -> None:
        inbox = MemoryInbox()
        async with listening(None, inbox=inbox, feeds=(feed(identity),)) as (_, port):
            assert answer in await said(port, None)
            batch = b"\x0bBHS|^~\\&|\r" + MESSAGE[1:-2] * 2 + b"BTS|2\r\x1c\r"
            assert answer in await said(port, None, batch)
        assert inbox.counts("demo").received == 3

    in_time(run)


def test_a_file_that_is_imported_has_no_peer_and_needs_none() -> None:
    reception = Reception("demo", "import", Routing((feed({"certificates": ["ehr"]}),)))
    (received,) = reception.receive(Frame(MESSAGE[1:-2]), AT)
    assert (received.arrival.source, received.arrival.refusal) == ("adt", "")


def test_an_address_that_is_not_allowed_is_cut_off_before_it_says_a_word() -> None:
    async def run() -> None:
        inbox = MemoryInbox()
        async with listening(None, inbox=inbox, allow=("10.1.2.0/24",)) as (_, port):
            with pytest.raises((OSError, asyncio.IncompleteReadError)):
                await said(port, None)
        async with listening(None, inbox=inbox, allow=("10.1.2.0/24", "127.0.0.1")) as (_, port):
            assert b"MSA|AA" in await said(port, None)
        assert inbox.counts("demo").received == 1

    in_time(run)


def test_a_sender_of_a_listener_for_both_kinds_of_addresses_is_known_by_its_own() -> None:
    mapped = Peer("::ffff:10.1.2.3")
    assert mapped.within(["10.1.2.0/24"])
    assert not mapped.within(["10.1.3.0/24"])
    assert Peer("fe80::1%eth0").within(["fe80::/10"])
    assert not Peer().within(["0.0.0.0/0"])
    assert Peer("10.1.2.3").why_not(Identity(addresses=("10.1.2.3",))) == ""


def shown_by(port: int, authority: Authority, shown: tuple[Path, Path]) -> bytes:
    with (
        socket.create_connection(("127.0.0.1", port), timeout=5) as plain,
        client(authority, shown).wrap_socket(plain, server_hostname="127.0.0.1") as tls,
    ):
        found = tls.getpeercert(binary_form=True)
        assert found
        return found


def test_a_certificate_that_is_replaced_is_used_without_a_restart_and_open_lines_go_on(authority: Authority) -> None:
    files = Credentials(*authority.sign("door"), authority.file)
    shown = authority.sign("ehr")

    async def run() -> None:
        inbox = MemoryInbox()
        async with listening(files, inbox=inbox) as (ear, port):
            reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=client(authority, shown))
            first = await asyncio.to_thread(shown_by, port, authority, shown)
            await ear.look()
            assert await asyncio.to_thread(shown_by, port, authority, shown) == first
            authority.sign("door")
            await ear.look()
            second = await asyncio.to_thread(shown_by, port, authority, shown)
            assert second != first
            files.key.write_text("no key at all")
            await ear.look()  # a file written half changes nothing
            assert await asyncio.to_thread(shown_by, port, authority, shown) == second
            files.certificate.unlink()
            await ear.look()
            assert await asyncio.to_thread(shown_by, port, authority, shown) == second
            writer.write(MESSAGE)
            assert b"MSA|AA" in await reader.readuntil(b"\x1c\r")
            writer.close()

    in_time(run)


def test_a_sender_that_ends_its_half_over_tls_leaves_the_door_well(authority: Authority) -> None:
    files = Credentials(*authority.sign("door"), authority.file)
    shown = authority.sign("ehr")

    async def run() -> None:
        inbox = MemoryInbox()
        async with listening(files, inbox=inbox) as (_, port):
            _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=client(authority, shown))
            writer.write(MESSAGE)
            await writer.drain()
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()
            assert b"MSA|AA" in await said(port, client(authority, shown))
        assert inbox.counts("demo").acknowledged == 2

    in_time(run)


@pytest.mark.parametrize("spoil", ["missing", "no certificate", "another key", "no authority"])
def test_files_that_cannot_be_used_are_told_before_anything_listens(
    authority: Authority, tmp_path: Path, spoil: str
) -> None:
    certificate, key = authority.sign("door")
    anchor = authority.file
    if spoil == "missing":
        certificate = tmp_path / "none.pem"
    elif spoil == "no certificate":
        certificate.write_text("nothing of the sort")
    elif spoil == "another key":
        key = authority.sign("ehr")[1]
    else:
        anchor.write_text("nothing of the sort")
    with pytest.raises(NotRunnable, match="TLS on the MLLP door cannot run"):
        Credentials(certificate, key, anchor).context()


EVERYWHERE = str(ip_address(0))
TLS = {"certificate": "c.pem", "key": "k.pem"}
MUTUAL = {**TLS, "client_authority": "ca.pem"}


@pytest.mark.parametrize(
    ("mllp", "insecure", "allowed"),
    [
        ({"host": "127.0.0.1"}, False, True),
        ({"host": "::1"}, False, True),
        ({"host": "localhost"}, False, True),
        ({"host": "10.1.2.3"}, False, False),
        ({"host": EVERYWHERE}, True, False),
        ({"host": "10.1.2.3", "allow": ["10.1.2.0/24"]}, False, False),
        ({"host": "10.1.2.3", "allow": ["10.1.2.0/24"]}, True, True),
        ({"host": "10.1.2.3", "tls": TLS}, False, False),
        ({"host": "10.1.2.3", "tls": TLS, "allow": ["10.1.2.4"]}, False, False),
        ({"host": "10.1.2.3", "tls": TLS, "allow": ["10.1.2.4"]}, True, True),
        ({"host": "10.1.2.3", "tls": MUTUAL}, False, True),
        ({"host": EVERYWHERE, "tls": MUTUAL}, True, True),
    ],
)
def test_an_address_that_others_reach_asks_who_they_are(
    *, mllp: dict[str, object], insecure: bool, allowed: bool
) -> None:
    listeners = Listeners.model_validate({"mllp": {"port": 2575, **mllp}})
    if allowed:
        refuse_open_doors(listeners, insecure=insecure)
    else:
        with pytest.raises(NotAllowed, match="client_authority"):
            refuse_open_doors(listeners, insecure=insecure)


def test_the_board_listens_on_loopback_whatever_is_said() -> None:
    with pytest.raises(NotAllowed, match="reverse proxy"):
        refuse_open_doors(Listeners.model_validate({"http": {"host": EVERYWHERE, "port": 1}}), insecure=True)


@pytest.mark.parametrize(
    ("days", "fine", "says"), [(365, True, "good for"), (29, False, "ends in"), (-1, False, "has ended")]
)
def test_the_doctor_warns_thirty_days_before_a_certificate_ends(
    authority: Authority, demo_site: Path, tmp_path: Path, *, days: int, fine: bool, says: str
) -> None:
    site = tmp_path / "site"
    shutil.copytree(demo_site, site)
    certificate, key = authority.sign("door", days=days)
    text = (site / "site.yaml").read_text()
    tls = f"tls: {{certificate: {certificate}, key: {key}, client_authority: {authority.file}}}"
    (site / "site.yaml").write_text(text.replace("port: 2575}", f"port: 2575, {tls}}}"))
    found = {str(each["what"]): each for each in examine(tmp_path / "data", now=NOW, site=site)}
    assert found["certificate door.crt"]["fine"] is fine
    assert says in str(found["certificate door.crt"]["says"])
    assert found["certificate hospital-ca.pem"]["fine"] is True
    assert expiry(certificate) == NOW.replace(microsecond=0) + timedelta(days=days)


def test_paths_of_certificates_are_below_the_sites_folder_or_absolute(tmp_path: Path) -> None:
    listener = Listeners.model_validate({"mllp": {"port": 1, "tls": {"certificate": "tls/c.pem", "key": "/etc/k.pem"}}})
    files = credentials(tmp_path, listener.mllp.tls)
    assert files == Credentials(tmp_path / "tls" / "c.pem", Path("/etc/k.pem"))
    assert credentials(tmp_path, None) is None
