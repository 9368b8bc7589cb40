"""`visavis talk`: visit a server from the command line, with files, with typed text, or with a real microphone."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from visavis_client.captions import Captions
from visavis_client.connection import VisitError
from visavis_client.impair import Impairment
from visavis_client.picture import Reel
from visavis_client.screen import Screen
from visavis_client.visit import ANSWER_S, Question, Visitor

app = typer.Typer()


@app.command()
def talk(
    server: Annotated[str, typer.Option(help="address of a visavis server")] = "http://127.0.0.1:8600",
    wav: Annotated[list[Path] | None, typer.Option(help="a spoken question: any sound file; may be repeated")] = None,
    text: Annotated[list[str] | None, typer.Option(help="a typed question, asked after the spoken ones")] = None,
    video: Annotated[Path | None, typer.Option(help="what the camera shows: a clip or a photo")] = None,
    save: Annotated[Path | None, typer.Option(help="folder for result.json, sounds, events and pictures")] = None,
    screen: Annotated[
        Path | None, typer.Option(help="keep the pictures as the server films them: a file.mp4, or a folder for frames")
    ] = None,
    token: Annotated[str, typer.Option(help="the server's secret", envvar="VISAVIS_SERVER__TOKEN")] = "",
    interrupt_after: Annotated[
        float | None, typer.Option(help="say the next question this many seconds into each answer")
    ] = None,
    wait: Annotated[float, typer.Option(min=1, help="seconds in which an answer must begin")] = ANSWER_S,
    session: Annotated[str, typer.Option(help="a conversation to go on with")] = "",
    loss: Annotated[float, typer.Option(help="share of packets to lose, in both directions")] = 0.0,
    burst: Annotated[float, typer.Option(help="packets lost together, on average")] = 1.0,
    delay: Annotated[float, typer.Option(help="milliseconds that every packet is delayed, each way")] = 0.0,
    jitter: Annotated[float, typer.Option(help="milliseconds by which that delay varies")] = 0.0,
    reorder: Annotated[float, typer.Option(help="share of packets that the next ones overtake")] = 0.0,
    duplicate: Annotated[float, typer.Option(help="share of packets that arrive twice")] = 0.0,
    seed: Annotated[int, typer.Option(help="the same seed makes the same bad network")] = 1,
) -> None:
    """Talk with a server; exit status 0 only when every question was answered.

    Without --wav and --text, the machine's own microphone and loudspeaker are used.
    """
    try:
        network = Impairment(loss, burst, delay, jitter, reorder, seed, duplicate=duplicate)
        if video is not None:
            next(Reel(video).frames)
        questions = [Question.from_file(path) for path in wav or []] + [Question(line) for line in text or []]
        with Captions() as captions:
            visitor = Visitor(server, token, video, captions.show, interrupt_after, answer_s=wait, session=session)
            visitor.impairment = None if network.perfect else network
            visitor.screen = Screen(screen) if screen is not None else None
            if not questions:
                from visavis_client.terminal import converse

                asyncio.run(converse(visitor, captions))
                return
            result = asyncio.run(visitor.visit(questions))
    except (VisitError, ValueError, OSError) as error:
        _fail(str(error))
    except KeyboardInterrupt:
        raise typer.Exit(130) from None
    if save is not None:
        visitor.save(save, result)
    captions.tell(result)
    if any(turn.error for turn in result.turns):
        raise typer.Exit(1)


def _fail(message: str) -> NoReturn:
    typer.echo(f"visavis: {message}", err=True)
    raise typer.Exit(2)
