"""`explain ID`: from what was seen to what came of it, for one id."""

from typing import Annotated

import typer

from wardwise.cli.arguments import DEFAULT_DATA, DataDir, Json
from wardwise.cli.terminal import tell_json


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command()(explain)


def explain(
    identifier: Annotated[str, typer.Argument(metavar="ID", help="An event's id or the beginning of it.")],
    data: DataDir = DEFAULT_DATA,
    json: Json = False,
) -> None:
    """Show the chain an event stands in: inputs, prediction, advice, delivery, response, outcome."""
    from wardwise.assemble.site import zone_of  # noqa: PLC0415
    from wardwise.assemble.stores import READ_ONLY, open_stores  # noqa: PLC0415
    from wardwise.errors import NotFound  # noqa: PLC0415
    from wardwise.govern.oversight.chain import chain_of  # noqa: PLC0415

    with open_stores(data, READ_ONLY) as stores:
        for site in stores.log.sites():
            try:
                links = chain_of(stores.log, site, identifier)
            except NotFound:
                continue
            if json:
                tell_json({"site": site, "chain": [link.figures() for link in links]})
            else:
                zone = zone_of(stores, site)
                for link in links:
                    typer.echo(link.sentence(zone))
            return
    raise NotFound(id=identifier)
