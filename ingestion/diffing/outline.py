"""An edition as a tree of headings.

Promises: every section is at exactly one node, the one its path names; nodes and
sections keep their order. Will not: invent headings.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any


@dataclass
class Node:
    """A heading, the sections right under it, and the headings below."""

    title: str = ""
    sections: list[Any] = field(default_factory=list)
    children: list["Node"] = field(default_factory=list)

    @cached_property
    def wording(self) -> str:
        """All words at and below the heading; not the heading's own."""
        parts = [section.wording for section in self.sections]
        parts += [f"{child.title} {child.wording}" for child in self.children]
        return " ".join(parts)

    @cached_property
    def own_wording(self) -> str:
        """The words right under the heading."""
        return " ".join(section.wording for section in self.sections)


def outline_of(sections: Sequence[Any]) -> Node:
    """Return the nameless heading above all."""
    root = Node()
    nodes: dict[tuple[str, ...], Node] = {(): root}
    for section in sections:
        _node(nodes, section.path).sections.append(section)
    return root


def _node(nodes: dict[tuple[str, ...], Node], path: tuple[str, ...]) -> Node:
    if path not in nodes:
        nodes[path] = Node(path[-1])
        _node(nodes, path[:-1]).children.append(nodes[path])
    return nodes[path]
