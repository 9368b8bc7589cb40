"""The line in front of a painter, on a virtual clock: one after the other, and everyone knows how many are before."""

from __future__ import annotations

import asyncio

import pytest

from visavis_agents.replay.virtual import play
from visavis_models.errors import ModelError
from visavis_models.line import Line


async def paint(line: Line, name: str, seconds: float, told: list[tuple[float, str, int]]) -> None:
    now = asyncio.get_running_loop().time
    async with line.turn(lambda before: told.append((now(), name, before))):
        await asyncio.sleep(seconds)


def test_one_after_the_other_and_everyone_is_told() -> None:
    async def scenario() -> list[tuple[float, str, int]]:
        line, told = Line("painter"), list[tuple[float, str, int]]()
        async with asyncio.TaskGroup() as group:
            for name in "abc":
                group.create_task(paint(line, name, 2.0, told))
            await asyncio.sleep(1.0)
            assert line.waiting == 2
        assert line.waiting == 0
        return told

    assert play(scenario()) == [
        (0.0, "a", 0), (0.0, "b", 1), (0.0, "c", 2), (2.0, "b", 0), (2.0, "c", 1), (4.0, "c", 0),
    ]  # fmt: skip


def test_whoever_leaves_lets_the_others_move_up() -> None:
    async def scenario() -> list[tuple[float, str, int]]:
        line, told = Line("painter"), list[tuple[float, str, int]]()
        first, second, third = (asyncio.create_task(paint(line, name, 5.0, told)) for name in "abc")
        await asyncio.sleep(1.0)
        second.cancel()  # in the line
        await asyncio.sleep(1.0)
        first.cancel()  # while it paints
        await third
        return told

    assert play(scenario())[3:] == [(1.0, "c", 1), (2.0, "c", 0)]


def test_several_at_once_where_a_server_paints() -> None:
    async def scenario() -> list[tuple[float, str, int]]:
        line, told = Line("painter", places=2), list[tuple[float, str, int]]()
        async with asyncio.TaskGroup() as group:
            for name in "abc":
                group.create_task(paint(line, name, 2.0, told))
        return told

    assert play(scenario()) == [(0.0, "a", 0), (0.0, "b", 0), (0.0, "c", 1), (2.0, "c", 0)]


def test_a_full_line_says_so() -> None:
    async def scenario() -> None:
        line = Line("painter", room=1)
        async with line.turn():
            waiting = asyncio.create_task(paint(line, "b", 0.0, []))
            await asyncio.sleep(0)
            with pytest.raises(ModelError, match="1 others are waiting for the painter"):
                async with line.turn():
                    pass
        await waiting

    play(scenario())
