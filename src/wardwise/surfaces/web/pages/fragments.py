"""The parts of each page that change, each under its element's id, rendered once per snapshot."""

from collections.abc import Callable, Mapping

from jinja2 import Environment
from markupsafe import Markup

from wardwise.surfaces.web.badge import slip
from wardwise.surfaces.web.board.recommend import Shown
from wardwise.surfaces.web.snapshot import Snapshot
from wardwise.surfaces.web.templates import render

PAGES = ("capacity", "feeds", "governance", "other")


class Fragments:
    """Renders fragments. `cookie_key` makes the numbers that forms carry."""

    def __init__(self, made: Environment, cookie_key: bytes) -> None:
        """Use one template environment for all pages."""
        self._made = made
        self._key = cookie_key
        self._parts: Mapping[str, Callable[[Snapshot], dict[str, Markup]]] = {
            "capacity": self._capacity,
            "feeds": self._feeds,
            "governance": self._governance,
            "other": lambda _: {},
        }

    def of(self, page: str, snapshot: Snapshot) -> dict[str, Markup]:
        """Every fragment of a page by the id of its element, all of one snapshot."""
        wanted = {"feedline": "parts/feedline.html", "asof": "parts/asof.html"}
        common = {name: self._kept(name, template, snapshot) for name, template in wanted.items()}
        return common | self._parts[page](snapshot)

    def card(self, shown: Shown, snapshot: Snapshot, problem: str = "") -> Markup:
        """One advice card; `problem` is what went wrong with an answer just given."""
        number = slip(self._key, shown.id, shown.generation)
        reasons = snapshot.site.reasons
        return render(
            self._made,
            "capacity/card.html",
            it=shown,
            card=shown.card,
            slip=number,
            reasons=reasons,
            problem=problem,
            snapshot=snapshot,
        )

    def _capacity(self, snapshot: Snapshot) -> dict[str, Markup]:
        names = ("tiles", "wards", "curve", "counts")
        parts = {name: self._kept(name, f"capacity/{name}.html", snapshot) for name in names}
        return parts | {f"advice-{each.id}": self._card(each, snapshot) for each in snapshot.advice}

    def _card(self, shown: Shown, snapshot: Snapshot) -> Markup:
        key = f"advice-{shown.id}"
        if key not in snapshot.rendered:
            snapshot.rendered[key] = self.card(shown, snapshot)
        return Markup(snapshot.rendered[key])  # noqa: S704 - rendered with autoescape

    def _feeds(self, snapshot: Snapshot) -> dict[str, Markup]:
        return {"feeds": self._kept("feeds", "feeds/feeds.html", snapshot)}

    def _governance(self, snapshot: Snapshot) -> dict[str, Markup]:
        return {"governance": self._kept("governance", "governance/governance.html", snapshot)}

    def _kept(self, name: str, template: str, snapshot: Snapshot) -> Markup:
        if name not in snapshot.rendered:
            snapshot.rendered[name] = render(self._made, template, snapshot=snapshot)
        return Markup(snapshot.rendered[name])  # noqa: S704 - rendered with autoescape
