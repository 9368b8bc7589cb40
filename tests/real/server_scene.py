"""A real server in this process with a conversation made of plain parts, and a real WebRTC client."""

from __future__ import annotations

import asyncio
import contextlib
import json
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import av
import httpx
import numpy as np
from aiortc import RTCBundlePolicy, RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import AudioStreamTrack, VideoStreamTrack

from visavis_agents import events as ev
from visavis_agents.history import Line
from visavis_agents.keeping import Snapshot
from visavis_agents.painting.gallery import Gallery
from visavis_agents.seeing.sight import Frame
from visavis_server.app import Server
from visavis_server.serving import web_server
from visavis_server.settings import ServerSettings


class Tone:
    """A voice: silence, or 450 Hz for as long as it is told."""

    def __init__(self) -> None:
        self.left = 0
        self.pulled = 0

    @property
    def idle(self) -> bool:
        return self.left == 0

    def pull(self) -> np.ndarray:
        self.pulled += 1
        if self.left == 0:
            return np.zeros(960, np.int16)
        self.left -= 1
        return (8000 * np.sin(2 * np.pi * 450 * np.arange(960) / 48000)).astype(np.int16)


class Parrot:
    """A conversation that notes what it hears, repeats what is typed, and hums while it does."""

    made: list[Parrot]

    def __init__(
        self,
        *,
        id: str,
        clock: Callable[[], float],
        emit: Callable[[ev.Event], None],
        room: Callable[[], Awaitable[None]],
        kept: Snapshot | None = None,
    ) -> None:
        self.id, self.clock, self.emit, self.room = id, clock, emit, room
        self.speech = Tone()
        self.gallery = Gallery(id)
        self.heard: list[tuple[float, np.ndarray]] = []
        self.frames: list[Frame] = []
        self.said: list[str] = [line.text for line in kept.lines] if kept else []
        self.closed = asyncio.Event()
        self.arrivals: list[float] = []

    async def run(self) -> None:
        await self.closed.wait()
        if self.said and self.said[-1] == "burst":
            raise RuntimeError("burst")

    def listen(self, pcm: np.ndarray, at: float) -> None:
        self.heard.append((at, pcm))
        self.arrivals.append(self.clock())

    def see(self, frame: Frame) -> None:
        self.frames.append(frame)

    def receive(self, event: ev.FromClient) -> None:
        if isinstance(event, ev.Ping):
            self.emit(ev.Pong(at=self.clock(), n=event.n))
        if isinstance(event, ev.TextTyped):
            self.said.append(event.text)
            self.speech.left = 25
            self.emit(ev.UserFinal(at=self.clock(), utterance=len(self.said), text=event.text, typed=True))
            if event.text == "burst":
                self.closed.set()

    def attached(self, resumed: bool) -> None:
        history = tuple(ev.HistoryLine("user", text) for text in self.said)
        self.emit(
            ev.SessionStarted(
                at=self.clock(),
                session=self.id,
                resumed=resumed,
                role="parrot",
                version="0",
                heartbeat_s=1.0,
                history=history,
            )
        )

    def detached(self, since: float) -> None:
        self.lost_since = since

    def snapshot(self) -> Snapshot:
        return Snapshot("parrot", self.clock(), tuple(Line("user", text) for text in self.said))

    async def close(self, reason: str, finish: bool = False) -> None:
        while finish and not self.speech.idle:
            await asyncio.sleep(0.02)
        self.emit(ev.SessionEnded(at=self.clock(), reason=reason))
        self.closed.set()


class Running:
    def __init__(self, server: Server, url: str) -> None:
        self.server = server
        self.url = url
        self.made: list[Parrot] = []

    @property
    def ws(self) -> str:
        return self.url.replace("http", "ws") + "/ws"


@contextlib.asynccontextmanager
async def serving(**settings: Any) -> AsyncIterator[Running]:
    """A server on a free port; when it ends, no task and no thread of it may be left."""
    tasks_before, threads_before = asyncio.all_tasks(), set(threading.enumerate())
    running: Running

    async def load() -> Callable[..., Parrot]:
        def make(**parts: Any) -> Parrot:
            running.made.append(Parrot(**parts))
            return running.made[-1]

        return make

    server = Server(ServerSettings(**{"port": 0, **settings}), "parrot", load)
    web = web_server(server)
    web.config.host, web.config.port = "127.0.0.1", settings.get("port", 0)
    serve = asyncio.create_task(web.serve())
    while not web.started:
        await asyncio.sleep(0.01)
    port = web.servers[0].sockets[0].getsockname()[1]
    running = Running(server, f"http://127.0.0.1:{port}")
    await server.ready.wait()
    try:
        yield running
    finally:
        await server.seats.close(finish=False)
        web.should_exit = True
        await serve
    await asyncio.sleep(0.05)
    left = asyncio.all_tasks() - tasks_before
    assert not left, left
    # the executors of asyncio and anyio end with the loop
    threads = {t for t in set(threading.enumerate()) - threads_before if not t.name.startswith(("asyncio_", "AnyIO"))}
    assert not threads, threads


class Beep(AudioStreamTrack):
    """A microphone that hears 300 Hz."""

    async def recv(self) -> av.AudioFrame:
        frame = await super().recv()
        n = frame.samples
        pcm = (6000 * np.sin(2 * np.pi * 300 * np.arange(n) / frame.sample_rate)).astype(np.int16)
        frame.planes[0].update(pcm.tobytes())
        return frame


class Client:
    """An aiortc client: microphone, perhaps a camera, the events channel."""

    def __init__(
        self,
        camera: bool = False,
        microphone: bool = True,
        channel: bool = True,
        beep: bool = True,
        bundle: RTCBundlePolicy = RTCBundlePolicy.BALANCED,
    ) -> None:
        self.connection = RTCPeerConnection(RTCConfiguration(iceServers=[], bundlePolicy=bundle))
        self.events: list[dict[str, Any]] = []
        self.news = asyncio.Condition()
        self.session = ""
        self.frames: list[np.ndarray] = []
        self._sink: asyncio.Task[None] | None = None
        if microphone:
            self.connection.addTrack(Beep() if beep else AudioStreamTrack())
        if camera:
            self.connection.addTrack(VideoStreamTrack())
        self.channel = self.connection.createDataChannel("events") if channel else None
        if self.channel:
            self.channel.on("message", self._on_message)
        self.connection.on("track", self._on_track)

    def _on_message(self, data: str) -> None:
        self.events.append(json.loads(data))

    def _on_track(self, track: Any) -> None:
        if track.kind == "audio":
            self._sink = asyncio.ensure_future(self._collect(track))

    async def _collect(self, track: Any) -> None:
        with contextlib.suppress(Exception):
            while True:
                self.frames.append((await track.recv()).to_ndarray())

    async def offer(self) -> dict[str, Any]:
        await self.connection.setLocalDescription(await self.connection.createOffer())
        return {"type": "offer", "sdp": self.connection.localDescription.sdp}

    async def accept(self, answer: dict[str, Any]) -> None:
        self.session = answer["session"]
        await self.connection.setRemoteDescription(RTCSessionDescription(answer["sdp"], "answer"))

    async def join(self, url: str, session: str | None = None, **request: Any) -> Client:
        await self.accept(await self.exchange(url, await self.offer(), session, **request))
        return self

    async def exchange(
        self, url: str, offer: dict[str, Any], session: str | None = None, **request: Any
    ) -> dict[str, Any]:
        """The answer to an offer."""
        async with httpx.AsyncClient() as http:
            response = await http.post(f"{url}/api/offer", json={**offer, "session": session}, **request)
        assert response.status_code == 200, response.text
        answer: dict[str, Any] = response.json()
        return answer

    def send(self, event: dict[str, Any] | str | bytes) -> None:
        assert self.channel
        self.channel.send(json.dumps(event) if isinstance(event, dict) else event)

    async def until(self, type: str, count: int = 1) -> dict[str, Any]:
        """The count-th event of a type."""
        return (await met(lambda: [e for e in self.events if e["type"] == type], count))[count - 1]

    async def close(self) -> None:
        await self.connection.close()
        if self._sink:
            await self._sink


async def met(look: Callable[[], Any], count: int = 1, within_s: float = 10.0) -> Any:
    """What `look` gives once it holds `count` things (or is true). For things that happen on sockets."""
    async with asyncio.timeout(within_s):
        while True:
            found = look()
            if (len(found) if hasattr(found, "__len__") else int(bool(found))) >= count:
                return found
            await asyncio.sleep(0.01)
