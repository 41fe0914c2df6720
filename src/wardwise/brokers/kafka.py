"""How we sign in to a Kafka broker, as the site says."""

import logging
from collections.abc import Mapping
from typing import Any

from wardwise.brokers.plaintext import keep_plaintext_here
from wardwise.brokers.sign_in import Files
from wardwise.sites.stream import Kafka


def told(at: Kafka, files: Files) -> Mapping[str, Any]:
    """What every client of the library is told; raises Unanswered for files that cannot be used.

    Whoever connects asks `see_who_would_answer` first.
    """
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # it says again and again what is said here once
    keep_plaintext_here()
    context = files.context(at.tls)
    password = files.secret(at.password)
    protocol = f"{'SASL_' if password is not None else ''}{'SSL' if context is not None else 'PLAINTEXT'}"
    return {
        "bootstrap_servers": list(at.servers),
        "client_id": "wardwise",
        "security_protocol": protocol,
        "ssl_context": context,
        "sasl_mechanism": at.mechanism.value,
        "sasl_plain_username": at.user,
        "sasl_plain_password": password,
    }
