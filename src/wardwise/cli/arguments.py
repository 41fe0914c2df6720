"""Arguments that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

SiteDir = Annotated[
    Path, typer.Option("--site", help="The site's folder, with site.yaml.", exists=True, file_okay=False)
]
DataDir = Annotated[Path, typer.Option("--data", help="Where databases, artefacts and keys are kept.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout, nothing else.")]

Store = Annotated[
    str | None,
    typer.Option(
        "--store",
        envvar="WARDWISE_STORE",
        help="Keep log, inbox and vault on PostgreSQL: postgresql://USER@HOST/DATABASE, without a password "
        "(WARDWISE_STORE_PASSWORD, `store.password_file` of site.yaml, or .pgpass). The data folder remembers it.",
    ),
]

DEFAULT_DATA = Path("wardwise-data")
