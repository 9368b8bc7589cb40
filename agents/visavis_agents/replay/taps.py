"""Senses whose every call goes through one place, so that it can be written down, or answered from what was.

A tapped sense looks like the real one: the same methods, the same plain attributes. `World.call` decides what happens.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Generator, Mapping
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol, get_type_hints

from visavis_agents.replay.tape import Face, described
from visavis_models.senses import Sense, Senses

TURN = "turn"  # the call that waits in the line of a model's worker, and has its turn until it is closed
ABILITIES = tuple(get_type_hints(Senses))


@dataclass(frozen=True)
class Call:
    """A call of a session to a model or, on its thread, for it. make(): does it. method: of the port itself."""

    ability: str
    name: str
    arguments: tuple[Any, ...]
    make: Callable[[], Any]
    method: bool

    @cached_property
    def what(self) -> str:
        return described(self.name, self.arguments)


class World(Protocol):
    """What is outside a session."""

    async def run(self, call: Call) -> Any:
        """One answer."""

    def stream(self, call: Call) -> AsyncGenerator[Any, None]:
        """Answers one by one; make() gives a generator."""

    def idle(self, ability: str) -> bool: ...


class TappedKnowledge:
    """In place of `visavis_agents.knowledge.Knowledge`."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def find(self, question: str) -> Any:
        return await self._world.run(Call("knowledge", "find", (question,), lambda: None, method=True))


class TappedWorker:
    """In place of `visavis_models.workers.Worker`."""

    def __init__(self, ability: str, world: World) -> None:
        self.name = ability
        self.line = _TappedLine(ability, world)
        self._world = world

    @property
    def idle(self) -> bool:
        return self._world.idle(self.name)

    async def run(self, call: Callable[..., Any], *arguments: Any, within_s: float = 0.0) -> Any:
        method = isinstance(call, _Method)
        name = getattr(call, "__name__", type(call).__name__)
        return await self._world.run(Call(self.name, name, arguments, lambda: call(*arguments), method))

    def stream(self, steps: _Steps, within_s: Callable[[], float] = lambda: 0.0) -> AsyncGenerator[Any, None]:
        call = Call(self.name, steps.name, steps.arguments, steps.make, True)
        return self._world.stream(call)

    def close(self) -> None:
        pass  # the real one belongs to the server


class _TappedLine:
    """In place of `visavis_models.line.Line`."""

    def __init__(self, ability: str, world: World) -> None:
        self._turn = Call(ability, TURN, (), lambda: None, method=False)
        self._world = world

    @asynccontextmanager
    async def turn(self, ahead: Callable[[int], None] = lambda before: None) -> AsyncIterator[None]:
        async with aclosing(self._world.stream(self._turn)) as places:
            async for before in places:
                ahead(before)
                if not before:
                    break
            yield


class _Method:
    """A method of a port: called on a worker's thread it does what it says; a generator it only prepares."""

    def __init__(self, name: str, function: Callable[..., Any] | None) -> None:
        self.name = self.__name__ = name
        self._function = function

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        return self._function(*arguments, **named) if self._function else None


class _Streaming(_Method):
    def __call__(self, *arguments: Any, **named: Any) -> _Steps:
        function = self._function
        return _Steps(
            self.name, (*arguments, *named.values()), lambda: function(*arguments, **named) if function else iter(())
        )


@dataclass(frozen=True)
class _Steps:
    """A stream that has not begun."""

    name: str
    arguments: tuple[Any, ...]
    make: Callable[[], Generator[Any, None, None] | Any]


STREAMING = frozenset({"reply", "speak", "answer", "paint", "edit"})  # methods of the ports that are generators


PLAIN: dict[str, bool | int] = {"sees": False, "calls_tools": False, "knows": False, "pixels": False, "concurrency": 1}
# attributes of the ports, and what is taken for one that a tape does not tell of; a backend's own may be secrets


def face(port: Any) -> Face:
    """What can be seen of a port from outside."""
    methods = tuple(name for name in dir(port) if not name.startswith("_") and callable(getattr(port, name)))
    return Face(methods, {name: getattr(port, name) for name in PLAIN if hasattr(port, name)})


def faces(senses: Senses) -> dict[str, Face]:
    return {name: face(sense.port) for name in ABILITIES if (sense := getattr(senses, name)) is not None}


def tapped(world: World, faces: Mapping[str, Face], senses: Senses | None = None) -> Senses:
    """Senses that ask `world`. senses: the real ones behind them, if there are any."""
    made: dict[str, Any] = {}
    for ability in ABILITIES:
        if (seen := faces.get(ability)) is None:
            made[ability] = None
            continue
        real = getattr(senses, ability) if senses else None
        methods = {
            name: (_Streaming if name in STREAMING else _Method)(name, getattr(real.port, name) if real else None)
            for name in seen.methods
        }
        # A class of its own: protocols that are checked at run time look for methods there.
        port = type("Tapped", (), {**PLAIN, **seen.attributes, **{n: staticmethod(m) for n, m in methods.items()}})()
        worker: Any = TappedWorker(ability, world)
        made[ability] = Sense(port, worker)
    return Senses(**made)
