"""What governs the loop: contracts, samples, tiers, modes, approvals, incidents, silence, quarantine, erasure."""

from wardwise.loop.capture.absence import PROCESSES, Why
from wardwise.loop.capture.dropped import Dropping
from wardwise.loop.capture.kinds.decision import MODES, SPAN
from wardwise.loop.capture.kinds.kind import Kind, Type, optional, required, text

KINDS = (
    Kind(
        "message.quarantined",
        "x",
        "A raw message gave no facts; `raw` points at it. A mapped later reading appends new events.",
        (text("code"), text("why"), optional("remedy")),
    ),
    Kind(
        "contract.breached",
        "g",
        "A feed broke a rule of its contract, or keeps it again. `examples` are ids of events, never values.",
        (
            text("feed"),
            text("rule"),
            text("what"),
            optional("state"),  # broken or kept; without it, broken for an hour
            optional("drift"),  # schema, semantic or values
            optional("event"),  # the kind of event; without it, every kind of the feed
            optional("field"),
            optional("subject"),  # which of several under one rule
            optional("count", Type.INTEGER),
            optional("share", Type.DECIMAL),
            optional("examples", Type.LIST),
            optional("steps_down", Type.BOOLEAN),
        ),
    ),
    Kind(
        "feed.profiled",
        "g",
        "How often each value of a watched field was seen in a day: the reference of drift. Counts, of nobody.",
        (
            text("feed"),
            *SPAN,
            required("signals", Type.LIST),
            optional("rhythm", Type.OBJECT),
        ),
    ),
    Kind(
        "sample.drawn",
        "g",
        "Events of a feed drawn for people to hold against the chart, each as likely as any other; `of` is how many.",
        (
            text("feed"),
            *SPAN,
            text("seed"),
            required("of", Type.INTEGER),
            required("events", Type.LIST),
        ),
    ),
    Kind(
        "review.given",
        "q",
        "A person held an event of a sample against the chart. The last one about an event stands.",
        (
            text("feed"),
            text("event"),
            text("judgement", "right", "wrong", "cannot-tell"),
            optional("reason"),
            text("role"),
            text("actor"),
        ),
    ),
    Kind(
        "label.counted",
        "g",
        "How the cases of a label of one local day came out, by unit. Counts, of nobody.",
        (
            text("feed"),
            text("label"),
            *SPAN,
            required("units", Type.OBJECT),
        ),
    ),
    Kind(
        "feed.repeated",
        "g",
        "A local day that one feed told live and another by batch, compared: how many facts, how late. Of nobody.",
        (
            text("live"),
            text("batch"),
            text("event"),
            *SPAN,
            required("both", Type.INTEGER),
            required("only_live", Type.INTEGER),
            required("only_batch", Type.INTEGER),
            required("differing", Type.INTEGER),  # of both
            required("fields", Type.OBJECT),  # how often each field differs
            required("minutes", Type.OBJECT),  # lags of live and batch, and how much earlier live knew: half, most
            required("examples", Type.OBJECT),  # ids of events
        ),
    ),
    Kind(
        "drift.accepted",
        "q",
        "A steward took a drift that stands for the new normal, or took that back. `breach` is the finding's id.",
        (
            text("feed"),
            text("rule"),
            optional("subject"),
            text("breach"),
            text("state", "accepted", "withdrawn"),
            optional("reason"),
            text("role"),
            text("actor"),
        ),
    ),
    Kind(
        "feed.silent",
        "g",
        "A feed has said nothing for longer than its contract allows, or speaks again.",
        (text("feed"), text("state", "silent", "speaking"), required("last_at", Type.TIME)),
    ),
    Kind(
        "source.switched",
        "g",
        "Of two sources for a kind of fact another one is in charge now; `event` is the kind.",
        (text("event"), text("feed"), text("was"), text("why")),
    ),
    Kind(
        "process.away",
        "g",
        "A process of the service ended or gave no sign of life, or is back.",
        (
            text("process", *PROCESSES),
            text("state", "away", "back"),
            required("since", Type.TIME),
            text("why", *(why.value for why in Why)),
        ),
    ),
    Kind(
        "disk.changed",
        "g",
        "The disk of the data folder is nearly full, full, or has room again.",
        (text("state", "fine", "low", "full"), required("free_mib", Type.INTEGER)),
    ),
    Kind(
        "tier.changed",
        "g",
        "A workflow moved on its fallback ladder.",
        (text("workflow"), text("tier"), text("was"), text("why")),
    ),
    Kind(
        "mode.changed",
        "g",
        "A workflow's mode changed at a site or unit.",
        (text("workflow"), text("mode", *MODES), text("was", *MODES), text("by"), text("why")),
    ),
    Kind(
        "approval.given",
        "g",
        "A person approved a model or a workflow.",
        (text("subject"), text("version"), text("by"), text("role")),
    ),
    Kind(
        "incident.opened",
        "g",
        "Something went wrong that people should look into.",
        (text("what"), text("severity"), optional("where"), optional("owner")),
    ),
    Kind(
        "publication.dropped",
        "g",
        "An event will never go out on a stream: it had expired by then, or the broker refused it for good.",
        (text("stream"), text("event"), text("why", *(why.value for why in Dropping)), text("says")),
    ),
    Kind(
        "model.published",
        "g",
        "A model version is available to a workflow.",
        (text("workflow"), text("artefact"), required("lineage", Type.OBJECT)),
    ),
    Kind(
        "site.configured",
        "g",
        "The site's configuration took effect.",
        (text("artefact"), required("workflows", Type.LIST)),
    ),
    Kind(
        "log.archived",
        "g",
        "Records of old events were moved to a file of the archive; its hash, and the chain's heads around it.",
        (
            text("file"),
            text("sha256"),
            required("first", Type.INTEGER),
            required("last", Type.INTEGER),
            required("events", Type.INTEGER),
            required("recorded_from", Type.TIME),
            required("recorded_to", Type.TIME),
            text("head_before"),
            text("head_after"),
            optional("owner"),  # of the site's period; without it a day was given by hand
        ),
    ),
    Kind("erasure", "g", "A patient's key was destroyed on request.", (text("why"),), ("patient",)),
)
