"""`$name` in a mapping file: a name stands for a place, a list of places or a whole value, and may use other names."""

from wardwise.errors import BrokenFile
from wardwise.sites.broken import BrokenFiles, Problem, unresolved
from wardwise.sites.broken import Path as TreePath
from wardwise.sites.tree import Document, Spot, Tree


def named(document: Document) -> Document:
    """The document with every `$name` in place; `names` itself is gone. Raises BrokenFiles.

    What a name stands for keeps the spot where it is written, so that a fault in it is shown there.
    """
    tree = document.tree
    if not isinstance(tree, dict):
        return document
    names = tree.get("names")
    naming = _Naming(document, names if isinstance(names, dict) else {})
    content = {key: naming.put(value, (key,), written=(key,)) for key, value in tree.items() if key != "names"}
    if naming.found:
        raise BrokenFiles({str(each): each for each in naming.found}.values())
    return Document(document.file, content, {**document.spots, **naming.spots})


class _Naming:
    """Puts names in place and gathers those that lead nowhere or to themselves."""

    def __init__(self, document: Document, known: dict[str, Tree]) -> None:
        self.document = document
        self.known = known
        self.found: list[BrokenFile] = []
        self.spots: dict[TreePath, Spot] = {}
        self._under_way: list[str] = []

    def put(self, value: Tree, path: TreePath, *, written: TreePath) -> Tree:
        """The value for a path; `written` is where it stands in the file."""
        self.spots[path] = self.document.spot(written)
        if isinstance(value, str) and value.startswith("$"):
            return self._meant(value[1:], path, written)
        if isinstance(value, dict):
            return {key: self.put(each, (*path, key), written=(*written, key)) for key, each in value.items()}
        if isinstance(value, list):
            return self._items(value, path, written)
        return value

    def _items(self, items: list[Tree], path: TreePath, written: TreePath) -> list[Tree]:
        put: list[Tree] = []
        for index, each in enumerate(items):
            after = self.put(each, (*path, len(put)), written=(*written, index))
            put += after if isinstance(after, list) and isinstance(each, str) else [after]
        return put

    def _meant(self, name: str, path: TreePath, written: TreePath) -> Tree:
        if name not in self.known:
            self.found.append(self.document.broken(unresolved(written, name, "name", known=self.known)))
            return None
        if name in self._under_way:
            what = f"leads back to itself ({' > '.join([*self._under_way, name])})"
            self.found.append(self.document.broken(Problem(("names", name), what, "Write one of them out")))
            return None
        self._under_way.append(name)
        meant = self.put(self.known[name], path, written=("names", name))
        self._under_way.pop()
        return meant
