"""What was said, as both heard it, and the messages made of it for a language model."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import Literal

import msgspec

from visavis_agents.roles import Role
from visavis_models.ports import Message

KEPT = 400  # lines of a conversation kept
WORDS_TOLD = 5  # of an interrupted reply


class Line(msgspec.Struct, frozen=True):
    """who said it; cut: the assistant was interrupted after these words."""

    who: Literal["user", "assistant"]
    text: str
    cut: bool = False


class History:
    def __init__(self, lines: Iterable[Line] = ()) -> None:
        self._lines: deque[Line] = deque(lines, KEPT)
        self._count = len(self._lines)  # lines ever
        self._let_go = 0  # so many of them are not told back

    def user(self, text: str, joins: bool = False) -> None:
        """joins: text begins with the words of the last line, whose reply nobody heard."""
        if joins and self._lines and self._lines[-1].who == "user":
            self._lines.pop()
            self._count -= 1
        self._add(Line("user", text))

    def assistant(self, heard: str, cut: bool = False) -> None:
        """heard: only the words that reached the ear; nothing is kept of a reply that nobody heard."""
        if heard:
            self._add(Line("assistant", heard, cut))

    def take_back(self, heard: str) -> None:
        """Of the newest line, the assistant's, only these words were heard after all."""
        if self._lines and self._lines[-1].who == "assistant":
            self._lines.pop()
            self._count -= 1
            self.assistant(heard, cut=True)

    def forget(self) -> None:
        self._lines.clear()
        self._count = self._let_go = 0

    @property
    def lines(self) -> tuple[Line, ...]:
        return tuple(self._lines)

    def said_by_user(self) -> tuple[str, ...]:
        """What may be told back to them."""
        first = max(0, self._let_go - self._count + len(self._lines))
        return tuple(line.text for line in list(self._lines)[first:] if line.who == "user")

    def let_go(self) -> None:
        """Something was to be forgotten: nothing said so far is told back."""
        self._let_go = self._count

    def heard(self, count: int) -> list[str]:
        """What the assistant said last, the newest last."""
        return [line.text for line in self._lines if line.who == "assistant"][-count:]

    def last_reply(self, but: str = "") -> str:
        """What the assistant said last. but: a line that does not count, such as the nudge into a silence, nor does
        its beginning where it was interrupted."""
        return next((line.text for line in reversed(self._lines) if line.who == "assistant" and not _is(line, but)), "")

    def messages(self, role: Role, facts: list[str], text: str, turns: int) -> tuple[Message, ...]:
        """The role's prompt and examples, the last `turns` turns at most, and the user's newest words.

        One speaker's lines are joined. What never changes comes first, so that a model can keep it; the oldest turns
        go by the block, so that what follows them stays the same for some turns.
        text: words of a turn that is not in the history yet, or empty. Where a reply was interrupted is told with the
        words that did it: a mark in the reply itself would be imitated."""
        messages = [Message("system", role.prompt.strip())]
        for question, answer in role.examples:
            messages += [Message("user", question), Message("assistant", answer)]
        if facts:
            messages += [Message("user", "What do you know about me?"), Message("assistant", " ".join(facts))]
        first = -(-max(0, self._count - 2 * turns) // turns) * turns
        lines = list(self._lines)[max(0, first - self._count + len(self._lines)) :]
        if text:
            if lines and lines[-1].who == "user" and f"{text} ".startswith(f"{lines[-1].text} "):
                lines.pop()  # it is there already, or it is gone on with
            lines.append(Line("user", text))
        while lines and lines[0].who == "assistant":
            lines.pop(0)
        if len(lines) > 1 and lines[-1].who == "user" and lines[-2].cut:
            lines[-1] = Line("user", interrupted(lines[-2].text) + lines[-1].text)
        for line in lines:
            if messages[-1].role == line.who:
                joined = f"{messages[-1].text} {line.text}"
                messages[-1] = Message(line.who, joined)
            else:
                messages.append(Message(line.who, line.text))
        return tuple(messages)

    def _add(self, line: Line) -> None:
        self._lines.append(line)
        self._count += 1


def _is(line: Line, text: str) -> bool:
    return line.text == text or (line.cut and text.startswith(line.text))


def interrupted(heard: str) -> str:
    """Tells the model where it was cut off."""
    return f'(I interrupted you after "{" ".join(heard.split()[-WORDS_TOLD:])}".) '
