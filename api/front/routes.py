"""The route table: which operation a method and a path mean.

One table for both front ends. A path is a literal but for segments in braces, which are given to
the operation in their order, percent-decoded. So keys and ids may hold anything but a slash.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

from api.front.route import Route
from api.front.routes_admin import ADMIN_ROUTES
from api.front.routes_application import APPLICATION_ROUTES
from engine.model.errors import LaurelsError, Malformed

ROUTES: Sequence[Route] = (*APPLICATION_ROUTES, *ADMIN_ROUTES)
"""Every operation."""


class Match(NamedTuple):
    """A route with the variable parts of the path that led to it."""

    route: Route
    path: tuple[str, ...]


class NoRoute(LaurelsError):
    """A path that means nothing."""

    code = "no_route"
    status = 404


class MethodNotAllowed(LaurelsError):
    """A path that means something, but not with this method."""

    code = "method_not_allowed"
    status = 405

    def __init__(self, method: str, allowed: Sequence[str]) -> None:
        super().__init__(f"{method[:20]} is not possible here; use {' or '.join(allowed)}")
        self.allowed = allowed


class _Node:
    """A place in the tree of paths."""

    def __init__(self) -> None:
        self.literal: dict[str, _Node] = {}
        self.variable: _Node | None = None
        self.routes: dict[str, Route] = {}


class Router:
    """Finds routes by walking down a tree, a segment of the path at a time. Some 1 µs."""

    def __init__(self, routes: Sequence[Route] = ROUTES) -> None:
        self._root = _Node()
        for route in routes:
            node = self._root
            for segment in route.path.split("/")[1:]:
                if segment.startswith("{"):
                    node.variable = node.variable or _Node()
                    node = node.variable
                else:
                    node = node.literal.setdefault(segment, _Node())
            assert route.method not in node.routes, f"{route.path} is there twice"
            node.routes[route.method] = route

    def knows(self, method: str, path: str) -> bool:
        """Whether there is such an operation; GET stands for HEAD too."""
        return any(_method(method) in node.routes for node, _ in self._walk(path))

    def find(self, method: str, path: str) -> Match:
        """Return the operation for a method and a path as it was sent.

        Raises:
            NoRoute: the path means nothing.
            MethodNotAllowed: it means something with another method.
            Malformed: a variable part is no UTF-8 text.
        """
        allowed: set[str] = set()
        for node, values in self._walk(path):
            route = node.routes.get(_method(method))
            if route is not None:
                return Match(route, tuple(map(_decoded, values)))
            allowed.update(node.routes)
        if not allowed:
            raise NoRoute(f"there is nothing at {path[:200]}")
        head = ["HEAD"] if "GET" in allowed else []
        raise MethodNotAllowed(method, sorted(allowed) + head)

    def _walk(self, path: str) -> Iterator[tuple[_Node, list[str]]]:
        """Yield the places that a path leads to, each with its variable parts.

        That by literals first. Another one is looked for only if that has not what is wanted: a
        user may have the id that a word of our own would hide.
        """
        ways: list[tuple[_Node, int, list[str]]] = [(self._root, 0, [])]
        segments = path.split("/")[1:]
        while ways:
            node, at, values = ways.pop()
            while at < len(segments):
                segment = segments[at]
                at += 1
                below, variable = node.literal.get(segment), node.variable if segment else None
                if variable is not None:
                    if below is not None:
                        ways.append((variable, at, [*values, segment]))
                    else:
                        values = [*values, segment]
                below = below or variable
                if below is None:
                    break
                node = below
            else:
                yield node, values


def _method(method: str) -> str:
    return "GET" if method == "HEAD" else method


def _decoded(segment: str) -> str:
    if "%" not in segment:
        return segment
    try:
        return unquote_to_bytes(segment).decode()
    except UnicodeDecodeError as error:
        raise Malformed("path", f"{segment[:80]} is not UTF-8 text") from error
