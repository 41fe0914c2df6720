"""The templates: everything is escaped, an unknown name is an error, and every word comes from the catalogue."""

from importlib.resources import files
from pathlib import Path

from jinja2 import ChoiceLoader, Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from wardwise.hospital.moment import iso
from wardwise.surfaces.web.sparkline import points
from wardwise.surfaces.web.strings import say
from wardwise.surfaces.wording import aged, beside, clause

HERE = Path(str(files("wardwise.surfaces.web")))


def environment() -> Environment:
    """The one template environment of the pages."""
    loaders = [FileSystemLoader(HERE / "templates"), FileSystemLoader(HERE / "pages")]
    made = Environment(
        loader=ChoiceLoader(loaders),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals.update(say=say, points=points)
    made.filters.update(iso=iso, beside=beside, clause=clause, aged=aged)
    return made


def render(made: Environment, template: str, **facts: object) -> Markup:
    """A template's HTML; safe to put into another because everything in it was escaped."""
    return Markup(made.get_template(template).render(**facts))  # noqa: S704 - rendered with autoescape
