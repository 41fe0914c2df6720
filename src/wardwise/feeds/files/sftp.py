"""A folder on an SFTP server. Its key is checked against known_hosts before anything is said; nothing is guessed.

Nothing of this machine's own SSH counts: no agent, no configuration, no keys of its user.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import asyncssh

from wardwise.errors import Unanswered
from wardwise.feeds.files.fetch import Remote
from wardwise.feeds.files.listed import Listed
from wardwise.sites.secrecy import exposure
from wardwise.sites.sftp import Sftp

_CONNECT_SECONDS = 30.0
_ANSWER_SECONDS = 60.0
_MOST_FILES = 20_000
_CHUNK = 1024 * 1024


@dataclass(frozen=True, slots=True)
class SftpServer:
    """A server and the files with its key and ours, read anew at each visit."""

    at: Sftp
    known_hosts: Path
    key: Path | None
    password: Path | None

    def visit(self, work: Callable[[Remote], Awaitable[int]]) -> int:
        """Open the folder, do the work, close it; raises Unanswered."""
        return asyncio.run(self._visit(work))

    async def _visit(self, work: Callable[[Remote], Awaitable[int]]) -> int:
        async with _answering("a connection", _CONNECT_SECONDS):
            connection = await self._connect()
        try:
            async with _answering("its folder", _ANSWER_SECONDS):
                client = await connection.start_sftp_client(path_errors="surrogateescape")
            return await work(SftpFolder(client, self.at.folder))
        finally:
            connection.abort()

    async def _connect(self) -> asyncssh.SSHClientConnection:
        if why := exposure(self.key, self.password):
            raise Unanswered(what="a connection", why=why)
        try:
            trusted = asyncssh.read_known_hosts(str(self.known_hosts))
            keys = [asyncssh.read_private_key(str(self.key))] if self.key else None
            secret = self.password.read_text("utf-8").rstrip("\r\n") if self.password else None
        except (OSError, ValueError) as fault:
            why = f"our own file of its key, or of ours or our password, cannot be read ({type(fault).__name__})"
            raise Unanswered(what="a connection", why=why) from None
        return await asyncssh.connect(
            self.at.host,
            self.at.port,
            username=self.at.user,
            known_hosts=trusted,
            client_keys=keys,
            password=secret,
            config=None,
            agent_path=None,
            gss_host=None,
        )


@dataclass(frozen=True, slots=True)
class SftpFolder:
    """An open folder."""

    client: asyncssh.SFTPClient
    folder: str

    async def listing(self) -> Sequence[Listed]:
        """Its files; no folders, no links."""
        found = []
        async with _answering("a list of its files", _ANSWER_SECONDS):
            async for entry in self.client.scandir(self.folder):
                file = _listed(str(entry.filename), entry.attrs)
                if file is not None:
                    found.append(file)
                if len(found) > _MOST_FILES:
                    why = f"its folder has more than {_MOST_FILES:,} files"
                    raise Unanswered(what="a list of its files", why=why)
        return found

    async def read(self, file: Listed) -> bytes | None:
        """The bytes of a file; None where it is not as it was listed any more."""
        body = bytearray()
        path = self._path(file.name)
        async with _answering("a file", _ANSWER_SECONDS):
            opened = await self.client.open(path, "rb")
        try:
            while len(body) <= file.size:
                async with _answering("a file", _ANSWER_SECONDS):
                    part = await opened.read(_CHUNK, len(body))
                if not part:
                    break
                body += cast("bytes", part)  # opened without an encoding, which its types do not tell
        finally:
            async with _answering("a file", _ANSWER_SECONDS):
                await opened.close()
        async with _answering("a file", _ANSWER_SECONDS):
            now = _listed(file.name, await self.client.lstat(path))
        return bytes(body) if now == file and len(body) == file.size else None

    async def remove(self, file: Listed) -> None:
        """Take a file away that is still as it was listed: the visit was long, and a newer one may lie there now."""
        path = self._path(file.name)
        async with _answering("leave to remove a file", _ANSWER_SECONDS):
            try:
                if _listed(file.name, await self.client.lstat(path)) == file:
                    await self.client.remove(path)
            except asyncssh.SFTPNoSuchFile:
                return

    def _path(self, name: str) -> str:
        return f"{self.folder.rstrip('/')}/{name}"


def _listed(name: str, attributes: asyncssh.SFTPAttrs) -> Listed | None:
    if attributes.type not in {asyncssh.FILEXFER_TYPE_REGULAR, asyncssh.FILEXFER_TYPE_UNKNOWN}:
        return None
    if attributes.type == asyncssh.FILEXFER_TYPE_UNKNOWN or attributes.size is None:
        # Else everything there would go unread, and unsaid.
        raise Unanswered(what="a list of its files", why="it does not say of each what it is and how large")
    return Listed(name, attributes.size, int(attributes.mtime or 0))


@asynccontextmanager
async def _answering(what: str, seconds: float) -> AsyncIterator[None]:
    """Turn whatever can go wrong with a server into Unanswered."""
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError:
        raise Unanswered(what=what, why=f"it said nothing for {seconds:.0f} s") from None
    except asyncssh.HostKeyNotVerifiable:
        raise Unanswered(what=what, why="its key is not the one in `known_hosts`; nothing was sent") from None
    except asyncssh.PermissionDenied:
        raise Unanswered(what=what, why="it does not take our user with this key or password") from None
    except (asyncssh.SFTPNoSuchFile, asyncssh.SFTPNoSuchPath):
        raise Unanswered(what=what, why="it has no such folder or file") from None
    except asyncssh.SFTPPermissionDenied:
        raise Unanswered(what=what, why="it does not allow that to our user") from None
    except (asyncssh.Error, OSError) as fault:
        raise Unanswered(what=what, why=f"the connection failed ({type(fault).__name__})") from None
