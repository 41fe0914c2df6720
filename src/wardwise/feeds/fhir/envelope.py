"""Bytes of several resources in one body, each as it came: a Bundle around them, which anything for FHIR opens."""

from collections.abc import Iterable

_BEGIN, _END = b'{"resourceType":"Bundle","type":"searchset","entry":[', b"]}"
_TOLD = b'{"search":{"mode":"match"},"resource":%b}'
_AROUND = b'{"search":{"mode":"include"},"resource":%b}'


def enveloped(told: Iterable[bytes], around: Iterable[bytes] = ()) -> bytes:
    """A Bundle of what is to be read (resources, or Bundles of them) and of what that refers to."""
    return _BEGIN + b",".join([*(_TOLD % each for each in told), *(_AROUND % each for each in around)]) + _END
