"""`make talk`: a conversation on a machine without a microphone, against a server it starts.

A person in a recording speaks first; then questions are typed. Sounds, events and pictures are kept in out/talk.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Annotated

import typer
from platformdirs import user_data_path

from visavis_client.captions import Captions
from visavis_client.connection import VisitError
from visavis_client.serving import serving
from visavis_client.visit import Question, Visitor

OUT = Path("out/talk")
RECORDING = user_data_path("visavis") / "packs" / "recordings" / "beckett.wav"
TYPED = ("What time is it?", "How much is seven times eight?", "Draw a cat under a big sun.", "Tell me a joke.")


def main(
    wav: Annotated[list[Path] | None, typer.Option(help="other recordings to say; may be repeated")] = None,
    text: Annotated[list[str] | None, typer.Option(help="other questions to type; may be repeated")] = None,
    save: Annotated[Path, typer.Option(help="folder for what was said, heard and drawn")] = OUT,
) -> None:
    """Show a conversation; exit status 0 only when everything was answered."""
    try:
        spoken = wav if wav is not None or text else [RECORDING]
        questions = [Question.from_file(path) for path in spoken or []]
        questions += [Question(line) for line in text or (() if wav else TYPED)]
        typer.echo("Starting a server ...")
        with serving(save / "server.log") as server, Captions() as captions:
            captions.note(f"{server.url} was ready after {server.loaded_s:.1f} s")
            visitor = Visitor(server.url, report=captions.show)
            result = asyncio.run(visitor.visit(questions))
            visitor.save(save, result)
            captions.tell(result)
    except (VisitError, ValueError, OSError) as error:
        typer.echo(f"visavis: {error}", err=True)
        raise typer.Exit(2) from None
    typer.echo(f"Kept in {save}: result.json, microphone.wav, reply.wav, events.jsonl and pictures.")
    if any(turn.error for turn in result.turns):
        sys.exit(1)


if __name__ == "__main__":
    typer.run(main)
