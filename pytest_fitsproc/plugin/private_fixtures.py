"""What is used of pytest's private parts to have the values of fixtures without a test that asks for them.

pytest has no public way to give fixtures to items of one's own. `tests/plugin/test_private.py` and
`tests/plugin/test_overridden_products.py` notice a change of these parts.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from _pytest.python import CallSpec
from _pytest.scope import Scope

_NONE: Mapping[str, object] = {}


def session_values(
    place: pytest.Function | pytest.Collector, names: Sequence[str], parameters: Mapping[str, object] = _NONE
) -> dict[str, Any]:
    """The values of session-scoped fixtures as they are seen at a place; pytest caches and tears them down.

    They are given to a hidden function there, which is set up and torn down as any test is. What other tests
    have set up, the session excepted, is set aside meanwhile.

    Parameters
    ----------
    place : a function, or a collector
    parameters : of fixtures of the session, by name, beside those of the function
    """
    hidden = pytest.Function.from_parent(
        place.parent if isinstance(place, pytest.Function) else place,
        name=getattr(place, "originalname", "") or "fixtures",
        callobj=_asking_for(names),
        callspec=_callspec(place, parameters),
    )
    # All else that every test here gets may ask for a file.
    shared = {*names, *filter(_is_of_session(hidden), hidden.fixturenames)}
    hidden.fixturenames = [name for name in hidden.fixturenames if name in shared]
    state = hidden.session._setupstate
    aside = {node: state.stack.pop(node) for node in list(state.stack)[1:]}
    try:
        state.setup(hidden)
        return {name: hidden.funcargs[name] for name in names}
    finally:
        state.teardown_exact(hidden.session)  # type: ignore[arg-type]
        state.stack.update(aside)


def _callspec(place: pytest.Item | pytest.Collector, parameters: Mapping[str, object]) -> CallSpec | None:
    own: CallSpec | None = getattr(place, "callspec", None)
    if not parameters:
        return own
    own = own or CallSpec()
    return replace(
        own,
        params=own.params | dict(parameters),
        indices=own.indices | dict.fromkeys(parameters, 0),
        _arg2scope={**own._arg2scope, **dict.fromkeys(parameters, Scope.Session)},
    )


def _is_of_session(function: pytest.Function) -> Callable[[str], bool]:
    definitions = function._fixtureinfo.name2fixturedefs
    return lambda name: bool(definitions.get(name)) and definitions[name][-1].scope == "session"


def module_of_fixture(place: pytest.Item | pytest.Collector, name: str) -> str:
    """The module that defines the fixture of this name as it is seen at a place."""
    definitions = place.session._fixturemanager.getfixturedefs(name, place)
    assert definitions
    return definitions[-1].func.__module__


def names_behind_fixture(place: pytest.Item | pytest.Collector, name: str) -> list[str]:
    """The names of all fixtures that one asks for, directly or not, as it is seen at a place."""
    return place.session._fixturemanager.getfixtureclosure(place, (name,), frozenset())[0]


def nearest_with_fixture(session: pytest.Session, name: str, path: Path) -> pytest.Collector:
    """The nearest directory at or above a path whose conftest has a fixture, else the session."""
    nodes = session._fixturemanager._arg2node2fixturedefs.get(name, {})
    above = (node for node in nodes if isinstance(node, pytest.Directory) and path.is_relative_to(node.path))
    return max(above, key=lambda node: len(node.path.parts), default=session)


def place_conftests(session: pytest.Session) -> None:
    """Give the fixtures of loaded conftests to directories where pytest has collected none.

    It forgets them, since no test could see them; what is made here can.
    """
    manager, made = session._fixturemanager, dict[Path, pytest.Collector]()
    for path in sorted(manager._pending_conftests):
        parent = next((made[above] for above in path.parents if above in made), session)
        made[path] = pytest.Dir.from_parent(parent, path=path)
        manager.parsefactories(holder=manager._pending_conftests[path], node=made[path])
    manager._pending_conftests.clear()


def _asking_for(names: Sequence[str]) -> Callable[..., None]:
    def hidden() -> None: ...

    parameters = [inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY) for name in names]
    hidden.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    return hidden
