"""The route table: which operation a method and a path mean, and what may be sent to it.

One table for both front ends. A path is a literal but for segments in braces, which are given to
the operation in their order, percent-decoded. So keys and ids may hold anything but a slash.
"""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Any, Literal, NamedTuple, Protocol
from urllib.parse import unquote_to_bytes

import msgspec

from api.front.limits import BODY_SIZE_MAX
from api.operations import (
    achievements,
    admin_achievements,
    admin_corrections,
    admin_hiding,
    admin_items,
    admin_leaderboards,
    admin_points,
    admin_points_boosts,
    admin_points_parts,
    admin_streaks,
    board_pages,
    configuration,
    events,
    explain,
    imports,
    jobs,
    leaderboards,
    points,
    progress,
    status,
    streaks,
    summaries,
    users,
)
from api.operations.call import Call, NoQuery, Reply
from engine.model.errors import LaurelsError, Malformed
from engine.model.limits import CONFIGURATION_SIZE_MAX, EVENT_SIZE_MAX

Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
BodyKind = Literal["none", "json", "bytes", "stream"]
Operation = Callable[[Call[Any, Any]], Awaitable[Reply]]


class Route(msgspec.Struct, frozen=True, kw_only=True):
    """One operation of the HTTP interface."""

    name: str
    """What metrics and logs call it."""
    method: Method
    path: str
    operation: Operation
    query: type[msgspec.Struct] = NoQuery
    body: type | None = None
    """What a JSON body is decoded into."""
    body_kind: BodyKind = "none"
    body_size_max: int = 0
    """Bytes of a body; for one that streams, those held at a time."""
    command: bool = False
    """Whether it changes state: then it is refused while too much waits for the disk."""


def _json(body: type, size_max: int = BODY_SIZE_MAX) -> dict[str, Any]:
    return {"body": body, "body_kind": "json", "body_size_max": size_max, "command": True}


_IN_POINTS = "/admin/v1/points/{systemId}"


class _Listed(Protocol):
    """The operations on things of one kind, which the Admin API changes in lists."""

    @property
    def create(self) -> Operation: ...
    @property
    def delete(self) -> Operation: ...
    @property
    def get(self) -> Operation: ...
    @property
    def list_all(self) -> Operation: ...
    @property
    def update(self) -> Operation: ...


def _listed(name: str, path: str, operations: _Listed) -> Sequence[Route]:
    items = _json(admin_items.Items)
    ids, page = admin_items.IdsQuery, admin_items.PageQuery
    one = f"{path}/{{id}}"
    return (
        Route(
            name=f"{name}.create", method="POST", path=path, operation=operations.create, **items
        ),
        Route(
            name=f"{name}.delete",
            method="DELETE",
            path=path,
            operation=operations.delete,
            query=ids,
            command=True,
        ),
        Route(name=f"{name}.get", method="GET", path=one, operation=operations.get),
        Route(
            name=f"{name}.list",
            method="GET",
            path=path,
            operation=operations.list_all,
            query=page,
        ),
        Route(
            name=f"{name}.update", method="PATCH", path=path, operation=operations.update, **items
        ),
    )


ROUTES: Sequence[Route] = (
    Route(
        name="achievements.all",
        method="GET",
        path="/v1/achievements",
        operation=achievements.all_achievements,
        query=achievements.AllAchievementsQuery,
    ),
    Route(
        name="achievements.complete",
        method="POST",
        path="/v1/achievements/{key}/complete",
        operation=achievements.complete,
        **_json(achievements.CompleteBody, EVENT_SIZE_MAX),
    ),
    Route(
        name="metrics.event",
        method="POST",
        path="/v1/metrics/{key}/event",
        operation=events.record_event,
        **_json(events.EventBody, EVENT_SIZE_MAX),
    ),
    Route(
        name="users.create",
        method="POST",
        path="/v1/users",
        operation=users.create,
        **_json(users.UserFields, EVENT_SIZE_MAX),
    ),
    Route(
        name="users.identify",
        method="PUT",
        path="/v1/users/{id}",
        operation=users.identify,
        **_json(users.UserChanges, EVENT_SIZE_MAX),
    ),
    Route(
        name="users.update",
        method="PATCH",
        path="/v1/users/{id}",
        operation=users.update,
        **_json(users.UserChanges, EVENT_SIZE_MAX),
    ),
    Route(name="users.get", method="GET", path="/v1/users/{id}", operation=users.get),
    Route(
        name="users.all_metrics",
        method="GET",
        path="/v1/users/{id}/metrics",
        operation=progress.all_metrics,
    ),
    Route(
        name="users.single_metric",
        method="GET",
        path="/v1/users/{id}/metrics/{key}",
        operation=progress.single_metric,
    ),
    Route(
        name="users.streak",
        method="GET",
        path="/v1/users/{id}/streak",
        operation=streaks.streak,
        query=streaks.StreakQuery,
    ),
    Route(
        name="users.streak_ledger",
        method="GET",
        path="/v1/users/{id}/streak/ledger",
        operation=streaks.ledger,
        query=streaks.LedgerQuery,
    ),
    Route(
        name="users.streak_explain",
        method="GET",
        path="/v1/users/{id}/streak/explain",
        operation=streaks.explain_periods,
        query=streaks.ExplainQuery,
    ),
    Route(
        name="users.get_preferences",
        method="GET",
        path="/v1/users/{id}/preferences",
        operation=streaks.preferences,
    ),
    Route(
        name="users.update_preferences",
        method="PATCH",
        path="/v1/users/{id}/preferences",
        operation=streaks.update_preferences,
        **_json(streaks.PreferencesChanges, EVENT_SIZE_MAX),
    ),
    Route(
        name="streaks.list",
        method="GET",
        path="/v1/streaks",
        operation=streaks.streaks,
        query=streaks.StreaksQuery,
    ),
    Route(
        name="users.achievements",
        method="GET",
        path="/v1/users/{id}/achievements",
        operation=achievements.of_user,
        query=achievements.AchievementsQuery,
    ),
    Route(
        name="users.metric_event_summary",
        method="GET",
        path="/v1/users/{id}/metrics/{key}/event-summary",
        operation=progress.event_summary,
        query=summaries.SummaryQuery,
    ),
    Route(
        name="users.points",
        method="GET",
        path="/v1/users/{id}/points/{key}",
        operation=points.of_user,
        query=points.PointsQuery,
    ),
    Route(
        name="users.points_boosts",
        method="GET",
        path="/v1/users/{id}/points/{key}/boosts",
        operation=points.boosts_of_user,
    ),
    Route(
        name="users.points_event_summary",
        method="GET",
        path="/v1/users/{id}/points/{key}/event-summary",
        operation=points.event_summary,
        query=summaries.SummaryQuery,
    ),
    Route(
        name="points.boosts",
        method="GET",
        path="/v1/points/{key}/boosts",
        operation=points.boosts,
        query=points.BoostsQuery,
    ),
    Route(
        name="points.level_summary",
        method="GET",
        path="/v1/points/{key}/level-summary",
        operation=points.level_summary,
    ),
    Route(
        name="points.levels",
        method="GET",
        path="/v1/points/{key}/levels",
        operation=points.levels,
    ),
    Route(
        name="points.summary",
        method="GET",
        path="/v1/points/{key}/summary",
        operation=points.summary,
        query=points.SummaryOfQuery,
    ),
    Route(name="points.system", method="GET", path="/v1/points/{key}", operation=points.system),
    Route(
        name="users.leaderboard",
        method="GET",
        path="/v1/users/{id}/leaderboards/{key}",
        operation=leaderboards.of_user,
        query=leaderboards.UserLeaderboardQuery,
    ),
    Route(
        name="users.leaderboard.changes",
        method="GET",
        path="/v1/users/{id}/leaderboards/{key}/changes",
        operation=leaderboards.changes,
        query=leaderboards.ChangesQuery,
    ),
    Route(
        name="leaderboards.all",
        method="GET",
        path="/v1/leaderboards",
        operation=leaderboards.list_all,
        query=leaderboards.ListQuery,
    ),
    Route(
        name="leaderboards.runs",
        method="GET",
        path="/v1/leaderboards/{key}/runs",
        operation=leaderboards.runs,
        query=leaderboards.RunsQuery,
    ),
    Route(
        name="leaderboards.groups",
        method="GET",
        path="/v1/leaderboards/{key}/groups",
        operation=leaderboards.groups,
        query=leaderboards.GroupsQuery,
    ),
    Route(
        name="leaderboards.rank",
        method="GET",
        path="/v1/leaderboards/{key}/rank",
        operation=leaderboards.rank,
        query=leaderboards.RankQuery,
    ),
    Route(
        name="leaderboards.get",
        method="GET",
        path="/v1/leaderboards/{key}",
        operation=leaderboards.get,
        query=board_pages.LeaderboardQuery,
    ),
    *_listed("admin.achievements", "/admin/v1/achievements", admin_achievements),
    *_listed("admin.leaderboards", "/admin/v1/leaderboards", admin_leaderboards),
    *_listed("admin.points.boosts", f"{_IN_POINTS}/boosts", admin_points_boosts),
    *_listed("admin.points.levels", f"{_IN_POINTS}/levels", admin_points_parts.LEVELS),
    *_listed("admin.points.systems", "/admin/v1/points", admin_points),
    *_listed("admin.points.triggers", f"{_IN_POINTS}/triggers", admin_points_parts.TRIGGERS),
    Route(
        name="admin.users.hide",
        method="POST",
        path="/admin/v1/users/hide",
        operation=admin_hiding.hide,
        **_json(admin_hiding.HidingBody),
    ),
    Route(
        name="admin.users.show",
        method="POST",
        path="/admin/v1/users/show",
        operation=admin_hiding.show,
        **_json(admin_hiding.HidingBody),
    ),
    Route(
        name="admin.streaks.settings.get",
        method="GET",
        path="/admin/v1/streaks/settings",
        operation=admin_streaks.settings,
    ),
    Route(
        name="admin.streaks.settings.update",
        method="PATCH",
        path="/admin/v1/streaks/settings",
        operation=admin_streaks.update_settings,
        **_json(admin_streaks.StreakChanges),
    ),
    Route(
        name="admin.streaks.freezes.create",
        method="POST",
        path="/admin/v1/streaks/freezes",
        operation=admin_streaks.create_freezes,
        **_json(admin_streaks.FreezesBody),
    ),
    Route(
        name="admin.streaks.pauses.create",
        method="POST",
        path="/admin/v1/streaks/pauses",
        operation=admin_streaks.create_pauses,
        **_json(admin_streaks.PausesBody),
    ),
    Route(
        name="admin.streaks.pauses.delete",
        method="DELETE",
        path="/admin/v1/streaks/pauses",
        operation=admin_streaks.delete_pauses,
        query=admin_streaks.IdsQuery,
        command=True,
    ),
    Route(
        name="admin.streaks.restore",
        method="POST",
        path="/admin/v1/streaks/restore",
        operation=admin_streaks.restore,
        **_json(admin_streaks.UsersBody),
    ),
    Route(
        name="admin.streaks.reset",
        method="POST",
        path="/admin/v1/streaks/reset",
        operation=admin_streaks.reset,
        **_json(admin_streaks.UsersBody),
    ),
    Route(
        name="admin.users.get",
        method="GET",
        path="/admin/v1/users/{id}",
        operation=users.overview,
        query=users.OverviewQuery,
    ),
    Route(
        name="explain",
        method="GET",
        path="/v1/explain/{id}",
        operation=explain.explain,
    ),
    Route(
        name="admin.leaderboards.end_run",
        method="POST",
        path="/admin/v1/leaderboards/{id}/end-run",
        operation=admin_leaderboards.end,
        command=True,
    ),
    Route(
        name="admin.points.awards.create",
        method="POST",
        path="/admin/v1/points/{systemId}/awards",
        operation=admin_corrections.create_awards,
        **_json(admin_corrections.AwardsBody),
    ),
    Route(
        name="admin.events.void",
        method="POST",
        path="/admin/v1/events/void",
        operation=admin_corrections.void_events,
        **_json(admin_corrections.VoidBody),
    ),
    Route(name="admin.status", method="GET", path="/admin/v1/status", operation=status.status),
    Route(
        name="admin.configuration.put",
        method="PUT",
        path="/admin/v1/configuration",
        operation=configuration.put,
        body_kind="bytes",
        body_size_max=CONFIGURATION_SIZE_MAX,
        command=True,
    ),
    Route(
        name="admin.import",
        method="POST",
        path="/admin/v1/import",
        operation=imports.import_events,
        query=imports.ImportQuery,
        body_kind="stream",
        body_size_max=BODY_SIZE_MAX,
    ),
    Route(
        name="admin.what_if",
        method="POST",
        path="/admin/v1/what-if",
        operation=jobs.what_if,
        query=jobs.WhatIfQuery,
        body_kind="bytes",
        body_size_max=CONFIGURATION_SIZE_MAX,
    ),
    Route(
        name="admin.dry_run",
        method="POST",
        path="/admin/v1/dry-run",
        operation=jobs.dry_run,
        body_kind="bytes",
        body_size_max=CONFIGURATION_SIZE_MAX,
    ),
    Route(name="admin.jobs.list", method="GET", path="/admin/v1/jobs", operation=jobs.all_jobs),
    Route(
        name="admin.jobs.get",
        method="GET",
        path="/admin/v1/jobs/{id}",
        operation=jobs.get,
        query=jobs.JobQuery,
    ),
    Route(
        name="admin.jobs.cancel",
        method="DELETE",
        path="/admin/v1/jobs/{id}",
        operation=jobs.cancel,
    ),
)
"""Every operation, in the order of the contract; the last ones are our own."""


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
