"""Captions in the terminal: what is being said in one moving line, what was said above it."""

from __future__ import annotations

from types import TracebackType

from rich.console import Console
from rich.live import Live
from rich.text import Text

from visavis_agents import events as ev
from visavis_client.account import Account
from visavis_client.result import Result


class Captions:
    """show() takes every event and its time. In a pipe there is no moving line, only what was said."""

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console(highlight=False)
        self._live = Live(console=self._console, transient=True, auto_refresh=False)
        self._account = Account()

    def __enter__(self) -> Captions:
        if self._console.is_terminal:
            self._live.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._live.stop()

    def show(self, at: float, event: ev.Event) -> None:
        self._account.take(at, event)
        match event:
            case ev.SessionStarted(resumed=True, history=history):
                self._say(at, "dim", "", f"the conversation goes on after {len(history)} lines")
            case ev.UserPartial(text=text):
                self._now(Text.assemble(("  you  ", "bold cyan"), (text, "dim")))
            case ev.UserFinal(text=text):
                self._say(at, "bold cyan", "you", text)
            case ev.UserDropped(reason=reason):
                self._say(at, "dim", "you", f"({reason})")
            case ev.ReplyWord(reply=number) | ev.ReplyClause(reply=number):
                self._now(self._spoken(number))
            case ev.ReplyEnded(text=text):
                self._say(at, "bold green", "vis", text)
            case ev.ReplyCut(heard=heard):
                self._say(at, "bold green", "vis", f"{heard} —")
            case ev.ToolStarted(name=name):
                self._say(at, "dim", "", f"({name.replace('_', ' ')})")
            case ev.CardShown(title=title):
                self._say(at, "bold magenta", "vis", f"[card: {title}]")
            case ev.StoryTurned(page=page):
                self._say(at, "dim", "", f"(page {page + 1})")
            case ev.PictureDone(alt=alt):
                self._say(at, "bold magenta", "vis", f"[picture: {alt}]")
            case ev.PictureFailed(reason=reason):
                self._say(at, "bold red", "!", reason)
            case ev.Trouble(what=what, todo=todo):
                self._say(at, "bold red", "!", f"{what} {todo}")
            case ev.SessionEnded(reason=reason):
                self._say(at, "dim", "", f"the server ended the conversation: {reason}")

    def tell(self, result: Result) -> None:
        """How each question fared."""
        for turn in result.turns:
            how = f"answered after {turn.latency_ms:.0f} ms" if turn.latency_ms is not None else ""
            if turn.silence_ms is not None:
                how += f", the answer before fell silent after {turn.silence_ms:.0f} ms"
            line = Text.assemble(f"{turn.said.source}: ", (turn.error, "bold red") if turn.error else how)
            self._console.print(line, soft_wrap=True)

    def note(self, text: str) -> None:
        self._console.print(Text(text, "dim"))

    def _spoken(self, number: int) -> Text:
        """The last words of the reply, those that were played in bold."""
        reply = next((each for each in self._account.replies if each.number == number), None)
        words = reply.words[max(0, reply.spoken - 8) :] if reply else []
        played = min(8, reply.spoken) if reply else 0
        line = Text.assemble(("  vis  ", "bold green"), (" ".join(words[:played]), "bold"), " ")
        return line.append(" ".join(words[played:]), "dim")

    def _say(self, at: float, style: str, who: str, text: str) -> None:
        self._now(Text())
        self._console.print(Text.assemble((f"{at:7.2f}  ", "dim"), (f"{who:4s} ", style), text), soft_wrap=True)

    def _now(self, line: Text) -> None:
        if self._live.is_started:
            line.truncate(self._console.width, overflow="ellipsis")
            self._live.update(line, refresh=True)
