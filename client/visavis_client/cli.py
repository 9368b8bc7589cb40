"""`visavis talk`: visit a server from the command line, with files, with typed text, or with a real microphone."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from visavis_agents import events as ev
from visavis_client.visit import Question, Result, VisitError, Visitor

app = typer.Typer()


@app.command()
def talk(
    server: Annotated[str, typer.Option(help="address of a visavis server")] = "http://127.0.0.1:8600",
    wav: Annotated[list[Path] | None, typer.Option(help="a spoken question: any sound file; may be repeated")] = None,
    text: Annotated[list[str] | None, typer.Option(help="a typed question, asked after the spoken ones")] = None,
    video: Annotated[Path | None, typer.Option(help="what the camera shows: a clip or a photo")] = None,
    save: Annotated[Path | None, typer.Option(help="folder for result.json, sounds, events and pictures")] = None,
    token: Annotated[str, typer.Option(help="the server's secret", envvar="VISAVIS_SERVER__TOKEN")] = "",
    interrupt_after: Annotated[
        float | None, typer.Option(help="say the next question this many seconds into each answer")
    ] = None,
) -> None:
    """Talk with a server; exit status 0 only when every question was answered."""
    try:
        if video is not None:
            _check_video(video)
        if not wav and not text:
            from visavis_client.terminal import converse

            asyncio.run(converse(server, token, video))
            return
        questions = [Question.from_file(path) for path in wav or []] + [Question(line) for line in text or []]
        visitor = Visitor(server, token, video, report=_report, interrupt_after_s=interrupt_after)
        result = asyncio.run(visitor.visit(questions))
        if save is not None:
            visitor.save(save, result)
    except (VisitError, ValueError, OSError) as error:
        _fail(str(error))
    _tell(result)
    if any(turn.error or not turn.answer for turn in result.turns):
        raise typer.Exit(1)


def _check_video(path: Path) -> None:
    from visavis_client.media import frames

    next(frames(path))


def _report(at: float, event: ev.Event) -> None:
    match event:
        case ev.UserFinal(text=text):
            typer.echo(f"{at:7.2f}  you  {text}")
        case ev.ReplyClause(text=text) if text:
            typer.echo(f"{at:7.2f}  vis  {text}")
        case ev.ReplyCut(heard=heard):
            typer.echo(f"{at:7.2f}       (interrupted after: {heard})")
        case ev.Trouble(what=what, todo=todo):
            typer.echo(f"{at:7.2f}  !    {what} {todo}")
        case ev.PictureDone(alt=alt):
            typer.echo(f"{at:7.2f}  [picture: {alt}]")


def _tell(result: Result) -> None:
    for turn in result.turns:
        what = turn.error or f"answered after {turn.latency_ms:.0f} ms" if turn.latency_ms is not None else turn.error
        typer.echo(f"{turn.said.source}: {what}")


def _fail(message: str) -> NoReturn:
    typer.echo(f"visavis: {message}", err=True)
    raise typer.Exit(2)
