"""Artefacts: files named by their content. Only bytes that match their name are handed out, never objects."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from wardwise.errors import BrokenArtefact, StoreUnavailable
from wardwise.loop.capture.canonical import Json, canonical, digest
from wardwise.stores.durable import sync, write_durably

_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a site vouches for: the content and what was said of it (maker, lineage, ...)."""

    sha256: str
    size: int
    facts: Mapping[str, Json] = field(default_factory=dict)

    def signed_bytes(self) -> bytes:
        """The bytes that the signature is of."""
        return canonical({"sha256": self.sha256, "size": self.size, "facts": self.facts})


class Artefacts:
    """A folder of artefacts and their signed manifests."""

    def __init__(self, folder: Path) -> None:
        """Nothing is read yet; the folder is made by DataFolder."""
        self._folder = folder

    def put(self, data: bytes) -> str:
        """Keep bytes and return their SHA-256; the same bytes are kept once."""
        sha256 = digest(data)
        path = self._path(sha256)
        try:
            if not (path.exists() and digest(path.read_bytes()) == sha256):
                path.parent.mkdir(mode=0o700, exist_ok=True)
                sync(self._folder)
                write_durably(path, data)
        except OSError as fault:
            raise self._unavailable(fault) from fault
        return sha256

    def get(self, sha256: str) -> bytes:
        """The bytes of this name; raises BrokenArtefact when absent or not equal to their name."""
        data = self._read(self._path(sha256), sha256)
        if digest(data) != sha256:
            raise BrokenArtefact(name=sha256, what="its bytes do not match its name")
        return data

    def sign(self, sha256: str, key: Ed25519PrivateKey, *, facts: Mapping[str, Json] | None = None) -> Manifest:
        """Vouch for an artefact that is whole: its manifest is written beside it, replacing an earlier one."""
        manifest = Manifest(sha256, len(self.get(sha256)), dict(facts or {}))
        body = manifest.signed_bytes()
        stored = canonical({"manifest": body.decode(), "signature": key.sign(body).hex()})
        try:
            write_durably(self._manifest(sha256), stored)
        except OSError as fault:
            raise self._unavailable(fault) from fault
        return manifest

    def verify(self, sha256: str, public: Ed25519PublicKey) -> Manifest:
        """The manifest, if signature, name, size and bytes all agree; raises BrokenArtefact."""
        stored = self._read(self._manifest(sha256), sha256)
        try:
            envelope = json.loads(stored)
            body = envelope["manifest"].encode()
            public.verify(bytes.fromhex(envelope["signature"]), body)
            told = json.loads(body)
            manifest = Manifest(told["sha256"], told["size"], told["facts"])
        except InvalidSignature as refusal:
            raise BrokenArtefact(name=sha256, what="its signature is not this site's") from refusal
        except (ValueError, KeyError, TypeError, AttributeError) as damage:
            raise BrokenArtefact(name=sha256, what="its manifest cannot be read") from damage
        if (manifest.sha256, manifest.size) != (sha256, len(self.get(sha256))):
            raise BrokenArtefact(name=sha256, what="its manifest is of something else")
        return manifest

    def _path(self, sha256: str) -> Path:
        if not _SHA256.fullmatch(sha256):
            raise BrokenArtefact(name=repr(sha256), what="its name is not a SHA-256 in hexadecimal")
        return self._folder / sha256[:2] / sha256

    def _manifest(self, sha256: str) -> Path:
        return self._path(sha256).with_suffix(".manifest")

    def _read(self, path: Path, sha256: str) -> bytes:
        try:
            return path.read_bytes()
        except FileNotFoundError as absence:
            what = "it has no manifest" if path.suffix else "it is not here"
            raise BrokenArtefact(name=sha256, what=what) from absence
        except OSError as fault:
            raise self._unavailable(fault) from fault

    def _unavailable(self, fault: OSError) -> StoreUnavailable:
        return StoreUnavailable(
            store=self._folder, what=fault.strerror, remedy="Check the disk and the folder's owner."
        )


@dataclass(frozen=True, slots=True, eq=False)  # told apart by identity: loaded models are kept per store
class Signed:
    """Artefacts that are handed out only with a valid manifest of this site's key."""

    artefacts: Artefacts
    public: Ed25519PublicKey

    def get(self, sha256: str) -> bytes:
        """The bytes, after signature, size and hash were checked; raises BrokenArtefact."""
        self.artefacts.verify(sha256, self.public)
        return self.artefacts.get(sha256)
