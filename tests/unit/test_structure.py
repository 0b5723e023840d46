"""What the import contracts cannot say: integers in state, errors with codes, limits."""

import ast
import importlib
import pkgutil
from types import ModuleType
from typing import Any

import msgspec
import pytest

import api
import api.front.limits
import engine
import persistence
from engine.model import commands, configuration, facts, limits, record, scope, user
from engine.model.errors import LaurelsError


def modules() -> list[ModuleType]:
    """Every module of the shipped packages."""
    found = []
    for package in (engine, persistence, api):
        for info in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not info.name.endswith("__main__"):
                found.append(importlib.import_module(info.name))
    return found


def kinds(of: Any) -> set[Any]:
    """All types that a type is made of."""
    inner: tuple[Any, ...] = ()
    match of:
        case msgspec.inspect.StructType():
            inner = tuple(field.type for field in of.fields)
        case msgspec.inspect.NamedTupleType():
            inner = tuple(field.type for field in of.fields)
        case msgspec.inspect.UnionType():
            inner = of.types
        case msgspec.inspect.DictType():
            inner = of.key_type, of.value_type
        case msgspec.inspect.CollectionType():
            inner = (of.item_type,)
        case msgspec.inspect.TupleType():
            inner = of.item_types
    return {type(of)}.union(*(kinds(part) for part in inner))


def test_what_is_stored_holds_no_float() -> None:
    """Doubles would make totals, ranks and digests depend on the machine and on the order."""
    seen = 0
    for module in (commands, configuration, facts, record, scope, user):
        for thing in vars(module).values():
            if isinstance(thing, type) and issubclass(thing, msgspec.Struct):
                found = kinds(msgspec.inspect.type_info(thing))
                assert msgspec.inspect.FloatType not in found, thing
                assert msgspec.inspect.AnyType not in found, thing
                seen += 1
    assert seen > 40


def errors(base: type[LaurelsError] = LaurelsError) -> list[type[LaurelsError]]:
    return [base, *(error for kind in base.__subclasses__() for error in errors(kind))]


def test_every_error_has_a_code_of_its_own_and_a_status() -> None:
    modules()
    found = [error for error in errors() if not error.__module__.startswith("tests.")]
    assert len(found) > 15
    codes: dict[str, type[LaurelsError]] = {}
    for error in found:
        assert "code" in vars(error), f"{error.__name__} says what it is"
        assert codes.setdefault(error.code, error) is error, f"{error.code} is used twice"
        assert error.code.replace("_", "").isalpha()
        # Never 409: clients would send it again (SPEC 11.4).
        assert error.status in (400, 401, 403, 404, 405, 422, 500, 503)
        assert error.__doc__
        assert error.__doc__.endswith(".")


def documented(module: ModuleType) -> dict[str, bool]:
    """The names that a module assigns, each with whether a docstring follows."""
    assert module.__file__
    with open(module.__file__, encoding="utf-8") as file:  # noqa: PTH123
        body = ast.parse(file.read()).body
    found: dict[str, bool] = {}
    for statement, following in zip(body, [*body[1:], None], strict=True):
        if isinstance(statement, ast.Assign):
            (target,) = statement.targets
            assert isinstance(target, ast.Name)
            text = following.value if isinstance(following, ast.Expr) else None
            found[target.id] = isinstance(text, ast.Constant) and isinstance(text.value, str)
    return found


@pytest.mark.parametrize("module", [limits, api.front.limits])
def test_every_limit_says_why(module: ModuleType) -> None:
    found = documented(module)
    assert len(found) > 15
    assert [name for name, has_reason in found.items() if not has_reason] == []
    for name in found:
        assert isinstance(getattr(module, name), int)


@pytest.mark.parametrize("base", [facts.Fact, commands.Command])
def test_tags_are_never_given_twice(base: type[msgspec.Struct]) -> None:
    tags = [kind.__struct_config__.tag for kind in base.__subclasses__()]
    assert sorted(map(int, filter(None, tags))) == list(range(1, len(tags) + 1))
