"""The visible text of an ODT paragraph.

Promises: insertions are text and deletions are not, or the other way round where
changes are rejected, also when a change runs on over several paragraphs; what is
hidden, white on nothing, struck out, or smaller than dust is left out and remembered;
raised digits stay raised. Notes, frames and text boxes are handed out apart.
Will not: read comments, or the reading aids over East Asian text. What was deleted and
is put back stands on one line.
"""

from collections.abc import Iterator
from typing import Any, Final

from ingestion.parsers.odt_styles import Around, Styles, named
from ingestion.parsers.wording import superscript

SPACE: Final = named("text:s")
BREAKS: Final = frozenset({named("text:tab"), named("text:line-break")})
SPAN: Final = named("text:span")
BEGINS: Final = named("text:change-start")
ENDS: Final = named("text:change-end")
POINT: Final = named("text:change")
ID: Final = named("text:change-id")
REGION: Final = named("text:changed-region")
INSERTION: Final = named("text:insertion")
DELETION: Final = named("text:deletion")
STYLE: Final = named("text:style-name")
APART: Final = frozenset(
    {
        named("text:note"),
        named("draw:frame"),
        named("draw:text-box"),
        named("draw:custom-shape"),
        named("draw:g"),
    }
)
SKIPPED: Final = frozenset(
    {
        named("office:annotation"),
        named("office:annotation-end"),
        named("text:ruby-text"),
        named("text:tracked-changes"),
        named("text:number"),
        named("text:alphabetical-index-mark"),
    }
)
HIDDEN: Final = frozenset({named("text:hidden-text"), named("text:hidden-paragraph")})
MARKS: Final = BREAKS | {SPACE, BEGINS, ENDS, POINT}
MOST_AROUND: Final = 12


class Words:
    """Reads paragraphs one after the other and remembers what it left out."""

    def __init__(self, styles: Styles, changes: Any, *, rejects: bool) -> None:
        self.left_out_hidden = False
        self.left_out_struck = False
        self.apart: list[Any] = []
        self._styles = styles
        self._rejects = rejects
        self._added: set[str] = set()
        self._taken: dict[str, str] = {}
        self._open: set[str] = set()
        self._learn(changes)

    @property
    def changes(self) -> int:
        """Tracked insertions and deletions."""
        return len(self._added) + len(self._taken)

    @property
    def is_gone(self) -> bool:
        """Whether the walk stands inside an insertion that is rejected."""
        return self._rejects and bool(self._open)

    def text(self, paragraph: Any) -> str:
        """The text; what stands apart is in `apart` until the next call."""
        self.apart = []
        return "".join(self._walk(paragraph))

    def pass_by(self, mark: Any) -> None:
        """Note a change that begins or ends between paragraphs."""
        identity = mark.get(ID) or ""
        if mark.tag == BEGINS and identity in self._added:
            self._open.add(identity)
        elif mark.tag == ENDS:
            self._open.discard(identity)

    def _learn(self, changes: Any) -> None:
        for region in () if changes is None else changes.iter(REGION):
            identity = region.get(named("text:id")) or region.get(named("xml:id")) or ""
            if region.find(INSERTION) is not None:
                self._added.add(identity)
            deleted = region.find(DELETION)
            if deleted is not None:
                self._taken[identity] = " ".join(_plain(deleted))

    def _walk(self, paragraph: Any) -> Iterator[str]:
        """Without recursion: a file may nest a hundred thousand spans."""
        base: Around = (("paragraph", paragraph.get(STYLE)),)
        waiting: list[tuple[Any, Around]] = _inside(paragraph, base)
        while waiting:
            item, around = waiting.pop()
            if isinstance(item, str):
                yield self._shown(item, around)
            elif item.tag == SPAN:
                inner = (("text", item.get(STYLE)), *around)[:MOST_AROUND]
                waiting += _inside(item, inner)
            elif self._is_more(item):
                waiting += _inside(item, around)
            else:
                yield self._of_mark(item)

    def _is_more(self, element: Any) -> bool:
        """Whether it merely contains; what stands apart is put aside."""
        if not isinstance(element.tag, str) or element.tag in SKIPPED:
            return False
        if element.tag in APART:
            self.apart += [] if self.is_gone else [element]
            return False
        if element.tag in HIDDEN:
            said = element.get(named("text:is-hidden")) != "false"
            self.left_out_hidden |= said and bool("".join(element.itertext()).strip())
            return not said
        return element.tag not in MARKS

    def _of_mark(self, mark: Any) -> str:
        """What a mark without content stands for."""
        if mark.tag in {BEGINS, ENDS}:
            self.pass_by(mark)
        elif mark.tag in BREAKS or mark.tag == SPACE:
            return " "
        elif mark.tag == POINT and self._rejects:
            return self._taken.get(mark.get(ID) or "", "")
        return ""

    def _shown(self, text: str, around: Around) -> str:
        if self.is_gone or not text.strip():
            return "" if self.is_gone else text
        look = self._styles.look(around)
        if look.is_hidden:
            self.left_out_hidden = True
            return ""
        if look.is_struck:
            self.left_out_struck = True
            return ""
        return superscript(text) if look.is_raised else text


def _inside(element: Any, around: Around) -> list[tuple[Any, Around]]:
    """Its text and children with their tails, the first of them last."""
    parts: list[tuple[Any, Around]] = [(element.text or "", around)]
    for child in element:
        parts += [(child, around), (child.tail or "", around)]
    return [
        part
        for part in reversed(parts)
        if not (isinstance(part[0], str) and not part[0])
    ]


def _plain(deleted: Any) -> Iterator[str]:
    """The words of each paragraph in a deletion."""
    for element in deleted.iter(named("text:p"), named("text:h")):
        words = "".join(element.itertext())
        if words.strip():
            yield words
