"""Waits for a broker for so long and no longer, and says in our own words why it did not answer."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from wardwise.errors import Unanswered


@asynccontextmanager
async def answering(what: str, seconds: float, *faults: type[Exception]) -> AsyncIterator[None]:
    """Raises Unanswered for any of the library's `faults`, for a broken connection, and after so many seconds.

    The words of a broker are left out: they may name what nobody checked.
    """
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError:
        raise Unanswered(what=what, why=f"no answer within {seconds:.0f} s") from None
    except OSError as fault:
        raise Unanswered(what=what, why=f"the connection failed ({type(fault).__name__})") from None
    except faults as fault:
        raise Unanswered(what=what, why=f"it refused, or the connection ended ({type(fault).__name__})") from None
