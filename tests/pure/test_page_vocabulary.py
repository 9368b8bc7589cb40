"""The page speaks the vocabulary: it handles every event of the server and sends only events of a client."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import get_args

import pytest

from visavis_agents import events as ev, shown

WEB = Path(__file__).resolve().parents[2] / "client" / "web"


def _tags(union: object) -> set[str]:
    return {struct.__struct_config__.tag for struct in get_args(union)}


def test_the_page_handles_every_event_of_the_server() -> None:
    handled = set(re.findall(r"case '([a-z._]+)':", (WEB / "view.js").read_text("utf-8")))
    assert {tag for tag in handled if not tag.startswith("page.")} == _tags(ev.FromServer)


def test_the_page_sends_only_events_of_a_client() -> None:
    main, wire = ((WEB / name).read_text("utf-8") for name in ("main.js", "wire.js"))
    sent = set(re.findall(r"send\(\{ type: '([a-z._]+)'", main)) | set(
        re.findall(r"stringify\(\{ type: '([a-z._]+)'", wire)
    )
    assert sent == _tags(ev.FromClient)


def test_the_page_takes_every_event_as_the_server_writes_it() -> None:
    if shutil.which("node") is None:
        pytest.skip("node is not installed")
    examples: list[ev.Event] = [
        ev.SessionStarted(session="s", resumed=False, role="companion", version="1", heartbeat_s=1.0),
        ev.Pong(n=1),
        ev.Forgotten(),
        ev.SightForgotten(),
        ev.UserStarted(utterance=1),
        ev.UserPaused(utterance=1, end_s=1.0),
        ev.UserPartial(utterance=1, text="Draw"),
        ev.UserFinal(utterance=1, text="Draw a cat.", words=(ev.Word("Draw", 0.0, 0.3),)),
        ev.UserDropped(utterance=2, reason="noise"),
        ev.ToolStarted(reply=1, name="draw", arguments={"prompt": "a cat"}),
        ev.ReplyStarted(reply=1, utterance=1),
        ev.ReplyClause(reply=1, text="Here it is.", start_s=0.0, words=(ev.Word("Here", 0.0, 0.2),)),
        ev.TurnTimed(reply=1, utterance=1, stages_ms={"pause": 100.0, "first_sound": 500.0}),
        ev.ReplyWord(reply=1, index=0),
        ev.ToolEnded(reply=1, name="draw", result="done"),
        ev.SightUsed(
            reply=1,
            frame_s=1.0,
            picture=1,
            found=("mug",),
            moment_s=1.02,
            word="this",
            part=ev.Part(0.1, 0.2, 0.3, 0.4),
        ),
        ev.StillWanted(still=1, longest=2560, within_s=2.0),
        ev.PictureStarted(picture=1, kind="frame"),
        ev.PictureProgress(picture=1, before=2, done=0.5),
        ev.PictureChunk(picture=1, version=0, index=0, count=1, mime="image/png", data="QQ=="),
        ev.PictureDone(picture=1, version=0, alt="a mug"),
        ev.PictureFailed(picture=2, reason="stopped"),
        ev.TimerSet(name="timer", rings_s=60.0),
        ev.WatchSet(watch=1, what="someone comes", until_s=60.0),
        ev.WatchEnded(watch=1, seen=True),
        ev.RecordingTold(on=True, asking=False, what="Recorded."),
        ev.TimerEnded(name="timer", rings_s=60.0),
        ev.FactsChanged(facts=("Your name is Ada.",), waiting=("You like tea.",), allowed=None),
        ev.SourceQuoted(reply=1, document="visit.md", heading="Opening hours", quote="We open at ten."),
        ev.CardShown(card=1, title="List", content=shown.ListContent((shown.ListItem("milk"),))),
        ev.CardUpdated(card=1, title="List", content=shown.ChartContent("bar", ("a",), (1.0,))),
        ev.CardHidden(card=1),
        ev.StoryStarted(story=1, title="The Fox", pages=2),
        ev.StoryPage(story=1, page=0, text="Once.", picture=1),
        ev.StoryTurned(story=1, page=0, reply=1, word=0),
        ev.StoryEnded(story=1, finished=True, book="api/pictures/x"),
        ev.ReplyHeld(reply=1),
        ev.ReplyResumed(reply=1),
        ev.ReplyCut(reply=1, heard="Here", heard_s=0.2),
        ev.ReplyEnded(reply=1, text="Here it is."),
        ev.Trouble(what="no", todo="try"),
        ev.SessionEnded(reason="goodbye"),
    ]
    assert {event.__struct_config__.tag for event in examples} == _tags(ev.FromServer)
    program = """
        import { blank, show } from './view.js';
        const events = JSON.parse(process.argv[1]);
        console.log(JSON.stringify(events.reduce(show, blank)));
    """
    lines = "[" + ",".join(ev.encode(event) for event in examples) + "]"
    command = ["node", "--input-type=module", "-e", program, lines]
    done = subprocess.run(command, cwd=WEB, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    view = json.loads(done.stdout)
    assert [line["text"] for line in view["lines"]] == ["Draw a cat.", "Here it is."]
    assert view["lines"][1]["source"] == {
        "document": "visit.md",
        "heading": "Opening hours",
        "quote": "We open at ten.",
    }
    assert view["pictures"][0] | {"found": ["mug"], "state": "done", "shown": 0} == view["pictures"][0]
