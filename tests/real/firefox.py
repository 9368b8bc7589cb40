"""The installed Firefox, driven by WebDriver BiDi: it speaks that itself, so no driver and no patched build is needed.

Its microphone hears recordings: the page gets the track of a media element that plays them, which Firefox encodes and
sends like any other (its AudioContext would stand still on a machine without a loudspeaker). Its camera is its own fake.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import io
import itertools
import json
import re
import shutil
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
import soxr
import websockets

from tests import speech

PREFERENCES = {
    "browser.aboutwelcome.enabled": False,
    "browser.shell.checkDefaultBrowser": False,
    "media.autoplay.default": 0,  # as it is for a page with an open microphone, which this one's is not
    "services.settings.server": "data:,",  # asks nobody for news
    "datareporting.policy.dataSubmissionEnabled": False,
    "media.navigator.permission.disabled": True,  # nobody is there to allow a camera
    "media.navigator.streams.fake": True,
    "media.peerconnection.ice.loopback": True,  # a machine without a network
    "app.update.auto": False,
    "toolkit.startup.max_resumed_crashes": -1,
}
READY_S = 60.0
APART_S = 60  # of silence round each thing that is said: it lasts longer than a test
LARGEST = 64 * 1024 * 1024  # bytes of a message: screenshots and recordings
KEYS = {"Enter": "\ue007", "Escape": "\ue00c", "Tab": "\ue004", "Space": " "}

MICROPHONE = """() => {
    const { mediaDevices } = navigator;
    if (!mediaDevices) return;  // about:blank
    const own = mediaDevices.getUserMedia.bind(mediaDevices);
    const bytes = Uint8Array.from(atob('SOUND'), (letter) => letter.charCodeAt(0));
    const mouth = new Audio(URL.createObjectURL(new Blob([bytes], { type: 'audio/wav' })));
    mediaDevices.getUserMedia = async (wanted) => {
        if (!wanted.audio) return own(wanted);
        await mouth.play();
        return mouth.mozCaptureStream();
    };
    window.say = (at_s) => { mouth.currentTime = at_s; };
    window.record = () => {
        const chunks = [], recorder = new MediaRecorder(document.querySelector('#voice').srcObject);
        recorder.ondataavailable = ({ data }) => chunks.push(data);
        recorder.start();
        window.recorded = async () => {
            await new Promise((resolve) => { recorder.onstop = resolve; recorder.stop(); });
            const bytes = new Uint8Array(await new Blob(chunks).arrayBuffer());
            return btoa(bytes.reduce((text, byte) => text + String.fromCharCode(byte), ''));
        };
    };
}"""

_LISTENING = re.compile(rb"WebDriver BiDi listening on (ws://\S+)")


def firefox() -> str | None:
    """Where it is, if it is installed; a snap's sees no folder of ours."""
    for name in ("firefox-esr", "firefox"):
        path = shutil.which(name)
        if path and Path(path).resolve().name != "snap" and b"/snap/" not in Path(path).read_bytes()[:4096]:
            return path
    return None


class Tab:
    """A page and the hands of its visitor. errors: what went wrong in it."""

    def __init__(self, session: _Session, context: str, starts: dict[str, float]) -> None:
        self._command = session.command
        self._context = context
        self._starts = starts
        self.errors = session.errors

    async def open(self, url: str) -> None:
        await self._command("browsingContext.navigate", context=self._context, url=url, wait="complete")

    async def reload(self) -> None:
        await self._command("browsingContext.reload", context=self._context, wait="complete")

    async def resize(self, width: int, height: int) -> None:
        viewport = {"width": width, "height": height}
        await self._command("browsingContext.setViewport", context=self._context, viewport=viewport)

    async def value(self, expression: str) -> Any:
        """What a JavaScript expression, which may await, gives as JSON. Raises AssertionError with its error."""
        result = await self._command(
            "script.evaluate",
            expression=f"(async () => JSON.stringify(await ({expression})) ?? 'null')()",
            target={"context": self._context},
            awaitPromise=True,
            userActivation=False,
        )
        assert result["type"] == "success", result["exceptionDetails"]["text"]
        return json.loads(result["result"]["value"])

    async def until(self, expression: str, within_s: float = 20.0) -> Any:
        """Its value, once it is true. Raises AssertionError with what is to be read on the page."""
        late = time.monotonic() + within_s
        while not (value := await self.value(expression)):
            shown = await self.value("document.body.innerText") if time.monotonic() > late else None
            assert shown is None, f"{expression} is not true after {within_s:.0f} s: {shown!r}, {self.errors}"
            await asyncio.sleep(0.05)
        return value

    async def seen(self, selector: str, text: str = "", within_s: float = 20.0) -> None:
        """Wait until an element is to be seen, with this text in it."""
        found = f"[...document.querySelectorAll({json.dumps(selector)})]"
        await self.until(
            f"{found}.some(e => e.checkVisibility() && e.textContent.includes({json.dumps(text)}))", within_s
        )

    async def click(self, selector: str) -> None:
        """With the mouse, at its middle."""
        await self.seen(selector)
        box = f"document.querySelector({json.dumps(selector)}).getBoundingClientRect()"
        x, y = await self.value(f"(b => [b.x + b.width / 2, b.y + b.height / 2].map(Math.round))({box})")
        moves = [
            {"type": "pointerMove", "x": x, "y": y},
            {"type": "pointerDown", "button": 0},
            {"type": "pointerUp", "button": 0},
        ]
        await self._act({"type": "pointer", "id": "mouse", "actions": moves})

    async def press(self, *keys: str, down: bool = True, up: bool = True) -> None:
        """Keys by name or character, one after the other."""
        strokes = []
        for key in keys:
            value = KEYS.get(key, key)
            strokes += [{"type": "keyDown", "value": value}] * down + [{"type": "keyUp", "value": value}] * up
        await self._act({"type": "key", "id": "keyboard", "actions": strokes})

    async def write(self, text: str) -> None:
        """Into the page's line, and send it."""
        await self.click("#text")
        await self.press(*text, "Enter")

    async def picture(self) -> bytes:
        """PNG of what is to be seen."""
        result = await self._command("browsingContext.captureScreenshot", context=self._context)
        return base64.b64decode(result["data"])

    async def say(self, question: speech.Recording) -> None:
        """One of those it was made with, into its microphone."""
        await self.value(f"say({self._starts[question.text]})")

    async def record(self) -> None:
        """From now on, what its loudspeaker gets."""
        await self.value("record()")

    async def recorded(self) -> bytes:
        """Ogg Opus, since `record`."""
        return base64.b64decode(await self.value("recorded()"))

    async def _act(self, source: dict[str, Any]) -> None:
        await self._command("input.performActions", context=self._context, actions=[source])


class _Session:
    """A WebDriver BiDi session: commands are answered by number, everything else is an event."""

    def __init__(self, socket: websockets.ClientConnection) -> None:
        self._socket = socket
        self._numbers = itertools.count(1)
        self._answers: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self.errors: list[str] = []

    async def command(self, method: str, **params: Any) -> dict[str, Any]:
        """Raises AssertionError with Firefox's words."""
        number = next(self._numbers)
        answer = self._answers[number] = asyncio.get_running_loop().create_future()
        await self._socket.send(json.dumps({"id": number, "method": method, "params": params}))
        message = await answer
        assert message["type"] == "success", f"{method}: {message.get('message')}"
        result: dict[str, Any] = message["result"]
        return result

    async def read(self) -> None:
        async for text in self._socket:
            message = json.loads(text)
            if message["type"] == "event":
                entry = message["params"]
                if entry.get("level") == "error":
                    frames = (entry.get("stackTrace") or {}).get("callFrames", [])
                    self.errors.append(entry["text"] + "".join(f" {f['url']}:{f['lineNumber']}" for f in frames[:3]))
            elif message["id"] is not None:
                self._answers.pop(message["id"]).set_result(message)


def _mouth(*sayings: speech.Recording) -> tuple[bytes, dict[str, float]]:
    """A WAV file of silence and, far apart, what is said; and where each begins, in seconds."""
    silence = np.zeros(APART_S * speech.RATE, np.float32)
    pieces, starts = [silence], {}
    for saying in sayings:
        starts[saying.text] = sum(map(len, pieces)) / speech.RATE
        pcm, rate = soundfile.read(saying.path, dtype="float32")
        pieces += [soxr.resample(pcm, rate, speech.RATE), silence]
    file = io.BytesIO()
    soundfile.write(file, np.concatenate(pieces), speech.RATE, format="WAV", subtype="PCM_16")
    return file.getvalue(), starts


@contextlib.asynccontextmanager
async def tab(
    folder: Path, size: tuple[int, int], *sayings: speech.Recording, preferences: dict[str, Any] | None = None
) -> AsyncIterator[Tab]:
    """A fresh Firefox with one page. sayings: what its visitor may say. preferences: more of about:config."""
    path = firefox()
    assert path, "Firefox is not installed"
    profile = folder / "firefox"
    profile.mkdir(parents=True)
    wanted = PREFERENCES | (preferences or {})
    lines = [f"user_pref({json.dumps(name)}, {json.dumps(value)});\n" for name, value in wanted.items()]
    (profile / "user.js").write_text("".join(lines))
    flags = ["--headless", "--no-remote", "--profile", str(profile), "--remote-debugging-port", "0"]
    log = folder / "firefox.txt"
    with log.open("wb") as out:
        process = await asyncio.create_subprocess_exec(path, *flags, stdout=out, stderr=out)
    try:
        async with asyncio.timeout(READY_S):
            while not (listening := _LISTENING.search(log.read_bytes())):
                assert process.returncode is None, log.read_text()
                await asyncio.sleep(0.05)
        async with websockets.connect(f"{listening[1].decode()}/session", max_size=LARGEST) as socket:
            session = _Session(socket)
            reading = asyncio.create_task(session.read())
            await session.command("session.new", capabilities={})
            await session.command("session.subscribe", events=["log.entryAdded"])
            tree = await session.command("browsingContext.getTree")
            sound, starts = _mouth(*sayings)
            page = Tab(session, tree["contexts"][0]["context"], starts)
            microphone = MICROPHONE.replace("SOUND", base64.b64encode(sound).decode())
            await session.command("script.addPreloadScript", functionDeclaration=microphone)
            await page.resize(*size)
            try:
                yield page
            finally:
                reading.cancel()
                await asyncio.wait([reading])
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
