"""The doors with a real client: offers, sound both ways, events, resuming, limits, leaving."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import Coroutine
from typing import Any

import httpx
import numpy as np
import pytest
import websockets

from tests.real.server_scene import Client, met, serving
from visavis_server.metrics import Metrics


def run(scene: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(scene, 60))


def loud(frames: list[np.ndarray]) -> list[np.ndarray]:
    return [frame for frame in frames if np.abs(frame.astype(int)).max() > 2000]


def pitch(pcm: np.ndarray, rate: int) -> float:
    return float(np.argmax(np.abs(np.fft.rfft(pcm))) * rate / len(pcm))


def test_sound_pictures_and_events_go_both_ways() -> None:
    async def scene() -> None:
        async with serving() as house:
            client = await Client(camera=True).join(house.url)
            started = await client.until("session.started")
            assert started["session"] == client.session
            assert not started["resumed"]
            parrot = house.made[0]
            heard = await met(lambda: parrot.heard, 60)
            times = [at for at, _ in heard]
            assert all(b > a for a, b in itertools.pairwise(times))
            assert all(len(pcm) == 320 and pcm.dtype == np.float32 for _, pcm in heard)
            assert abs(pitch(np.concatenate([pcm for _, pcm in heard[30:]]), 16_000) - 300) < 30
            client.send({"type": "text.typed", "text": "hello"})
            assert (await client.until("user.final"))["text"] == "hello"
            await met(lambda: loud(client.frames), 15)
            frames = await met(lambda: parrot.frames, 10)
            assert frames[-1].picture().shape == (480, 640, 3)
            assert 0 <= frames[-1].at <= parrot.clock()
            await client.close()

    run(scene())


def test_a_lost_client_comes_back_into_the_same_conversation() -> None:
    async def scene() -> None:
        async with serving() as house:
            first = await Client().join(house.url)
            await first.until("session.started")
            first.send({"type": "text.typed", "text": "remember me"})
            await first.until("user.final")
            await first.close()
            second = await Client().join(house.url, first.session)
            started = await second.until("session.started")
            assert started["resumed"]
            assert second.session == first.session
            assert started["history"] == [{"who": "user", "text": "remember me"}]
            # a third line takes over from the second, which is closed
            third = await Client().join(house.url, first.session)
            assert (await third.until("session.started"))["resumed"]
            await met(lambda: second.connection.connectionState == "closed")
            third.send({"type": "ping", "n": 7})
            assert (await third.until("pong"))["n"] == 7
            assert len(house.made) == 1
            await second.close()
            await third.close()

    run(scene())


def test_a_client_that_falls_silent_is_noticed_and_its_conversation_ends_in_time() -> None:
    async def scene() -> None:
        async with serving(silent_s=2, resume_s=0.5) as house:
            client = await Client(microphone=False).join(house.url)  # sends no sound and no ping
            await client.until("session.started")
            seat = house.server.seats.take(client.session)
            await met(lambda: seat.line is None)
            await met(lambda: house.made[0].closed.is_set())
            again = await Client(microphone=False).join(house.url, client.session)
            assert not (await again.until("session.started"))["resumed"]
            assert again.session != client.session
            await client.close()
            await again.close()

    run(scene())


def test_without_a_data_channel_sound_alone_keeps_the_conversation() -> None:
    async def scene() -> None:
        async with serving(silent_s=2) as house:
            client = await Client(channel=False).join(house.url)
            parrot = (await met(lambda: house.made))[0]
            await met(lambda: parrot.heard, 150)
            assert house.server.seats.take(client.session).line is not None
            await client.close()

    run(scene())


def test_signalling_over_the_websocket_with_trickled_candidates() -> None:
    async def scene() -> None:
        async with serving() as house, websockets.connect(house.ws) as socket:
            client = Client()
            offer = await client.offer()
            lines = offer["sdp"].splitlines()
            bare = [line for line in lines if not line.startswith(("a=candidate", "a=end-of-candidates"))]
            await socket.send(json.dumps({**offer, "sdp": "\r\n".join(bare) + "\r\n"}))
            answer = json.loads(await socket.recv())
            assert answer["type"] == "answer"
            assert "a=candidate" in answer["sdp"]
            for line in lines:
                if line.startswith("a=candidate"):
                    candidate = {"candidate": line[2:], "sdpMid": "0", "sdpMLineIndex": 0}
                    await socket.send(json.dumps({"type": "candidate", "candidate": candidate}))
            await socket.send(json.dumps({"type": "candidate", "candidate": None}))
            await client.accept(answer)
            assert (await client.until("session.started"))["session"] == answer["session"]
            await socket.close()  # the conversation does not need it any more
            client.send({"type": "ping", "n": 1})
            await client.until("pong")
            await client.close()

    run(scene())


@pytest.mark.parametrize("rate", [16_000, 48_000])
def test_without_udp_sound_goes_over_the_websocket(rate: int) -> None:
    async def scene() -> None:
        async with serving() as house, websockets.connect(house.ws) as socket:
            await socket.send(json.dumps({"type": "audio", "rate": rate}))
            answer = json.loads(await socket.recv())
            assert answer == {"type": "audio", "session": answer["session"], "rate": 48_000}
            assert json.loads(await socket.recv())["type"] == "session.started"
            pcm = (8000 * np.sin(2 * np.pi * 300 * np.arange(rate) / rate)).astype("<i2")
            for piece in np.split(pcm, 50):
                await socket.send(piece.tobytes())
                await asyncio.sleep(0.005)
            parrot = house.made[0]
            heard = await met(lambda: parrot.heard, 50)
            assert abs(pitch(np.concatenate([pcm for _, pcm in heard]), 16_000) - 300) < 3
            await socket.send(json.dumps({"type": "text.typed", "text": "hum"}))
            sound, events = [], []
            while len(loud(sound)) < 25:
                message = await socket.recv()
                if isinstance(message, bytes):
                    sound.append(np.frombuffer(message, "<i2"))
                else:
                    events.append(json.loads(message)["type"])
            assert events == ["user.final"]
            assert {len(frame) for frame in sound} == {960}
            assert abs(pitch(np.concatenate(loud(sound)), 48_000) - 450) < 3

    run(scene())


def test_a_conversation_moves_from_webrtc_to_the_websocket() -> None:
    async def scene() -> None:
        async with serving() as house, websockets.connect(house.ws) as socket:
            client = await Client().join(house.url)
            await client.until("session.started")
            await socket.send(json.dumps({"type": "audio", "session": client.session}))
            assert json.loads(await socket.recv())["session"] == client.session
            assert json.loads(await socket.recv())["resumed"]
            await client.close()

    run(scene())


def test_seats_are_limited_and_a_ghost_does_not_hold_one() -> None:
    async def scene() -> None:
        async with serving(max_sessions=1) as house:
            first = await Client().join(house.url)
            await first.until("session.started")
            stranger = Client()
            async with httpx.AsyncClient() as http:
                refused = await http.post(f"{house.url}/api/offer", json=await stranger.offer())
            assert refused.status_code == 503
            assert refused.json()["what"] == "all seats are taken"
            await first.close()
            await met(lambda: house.server.seats.take(first.session).waiting)
            second = await Client().join(house.url)
            assert not (await second.until("session.started"))["resumed"]
            await met(lambda: house.made[0].closed.is_set())
            await stranger.close()
            await second.close()

    run(scene())


def test_only_those_who_know_the_token_come_in() -> None:
    async def scene() -> None:
        async with serving(token="open sesame", origins=["https://friend.example"]) as house:
            async with httpx.AsyncClient(base_url=house.url) as http:
                for headers, status in [
                    ({}, 401),
                    ({"Authorization": "Bearer wrong"}, 401),
                    ({"Authorization": "Bearer open sesame", "Origin": "https://foe.example"}, 403),
                    ({"Authorization": "Bearer open sesame", "Origin": "https://friend.example"}, 400),
                    ({"Authorization": "Bearer open sesame", "Origin": house.url}, 400),
                    ({"Authorization": "Bearer open sesame"}, 400),
                ]:
                    reply = await http.post("/api/offer", headers=headers, json={})
                    assert reply.status_code == status, (headers, reply.text)
                    assert set(reply.json()) == {"type", "what", "todo"}
                assert (await http.get("/metrics")).status_code == 401
                assert (await http.get("/metrics?token=open+sesame")).status_code == 200
                assert (await http.get("/healthz")).status_code == 200
                assert (await http.get("/api/config")).json()["token_ok"] is False
                assert (await http.get("/api/config?token=open+sesame")).json()["token_ok"] is True
            async with websockets.connect(house.ws) as socket:
                assert "token" in json.loads(await socket.recv())["what"]
                with pytest.raises(websockets.ConnectionClosed):
                    await socket.recv()
            with pytest.raises(websockets.InvalidStatus):
                await websockets.connect(house.ws + "?token=open+sesame", origin="https://foe.example")
            client = await Client().join(house.url, headers={"Authorization": "Bearer open sesame"})
            await client.until("session.started")
            await client.close()

    run(scene())


def test_without_a_token_only_loopback_names_are_answered() -> None:
    async def scene() -> None:
        async with serving() as house, httpx.AsyncClient(base_url=house.url) as http:
            headers = {"Host": "rebound.example", "Origin": "http://rebound.example"}
            assert (await http.post("/api/offer", json={}, headers=headers)).status_code == 403
            assert (await http.post("/api/offer", json={}, headers={"Host": "localhost:1"})).status_code == 400

    run(scene())


def test_offers_are_counted() -> None:
    async def scene() -> None:
        async with serving(offers_per_minute=2) as house, httpx.AsyncClient(base_url=house.url) as http:
            offer = {"type": "offer", "sdp": "v=0\r\n"}
            assert [(await http.post("/api/offer", json=offer)).status_code for _ in range(3)] == [400, 400, 429]

    run(scene())


def test_bye_ends_the_conversation() -> None:
    async def scene() -> None:
        async with serving() as house:
            client = await Client().join(house.url)
            await client.until("session.started")
            client.send({"type": "bye"})
            assert (await client.until("session.ended"))["reason"] == "bye"
            await met(lambda: client.connection.connectionState == "closed")
            assert not house.server.seats._seats
            await client.close()

    run(scene())


def test_a_failing_conversation_says_so_and_harms_no_other() -> None:
    async def scene() -> None:
        async with serving() as house:
            one, other = await Client().join(house.url), await Client().join(house.url)
            await one.until("session.started")
            await other.until("session.started")
            one.send({"type": "text.typed", "text": "burst"})
            await one.until("trouble")
            assert (await one.until("session.ended"))["reason"] == "failed"
            other.send({"type": "ping", "n": 3})
            await other.until("pong")
            await one.close()
            await other.close()

    run(scene())


def test_a_failing_task_of_the_server_itself_is_told_in_the_log(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def fail(metrics: Metrics, clock: Any) -> None:
        raise RuntimeError("no clock")

    async def scene() -> None:
        async with serving():
            await met(lambda: "no clock" in caplog.text)

    monkeypatch.setattr(Metrics, "watch_loop", fail)
    run(scene())


def test_what_is_being_said_is_finished_before_the_server_leaves() -> None:
    async def scene() -> None:
        async with serving() as house:
            client = await Client().join(house.url)
            await client.until("session.started")
            client.send({"type": "text.typed", "text": "hum"})
            await client.until("user.final")
            await house.server.seats.close(finish=True)
            await client.until("session.ended")
            assert len(loud(client.frames)) >= 24
            async with httpx.AsyncClient(base_url=house.url) as http:
                assert (await http.get("/readyz")).status_code == 503
            await client.close()

    run(scene())


def test_an_unreachable_stun_server_does_not_hold_up_the_answer() -> None:
    async def scene() -> None:
        async with serving(ice_servers=[{"urls": "stun:192.0.2.1:3478"}]) as house:
            async with asyncio.timeout(4):  # aiortc's own wait is 5 s
                client = await Client().join(house.url)
                await client.until("session.started")
            await client.close()

    run(scene())


def test_figures_and_configuration() -> None:
    async def scene() -> None:
        async with serving() as house:
            client = await Client().join(house.url)
            await client.until("session.started")
            async with httpx.AsyncClient(base_url=house.url) as http:
                figures = (await http.get("/metrics")).text
                assert "visavis_sessions 1.0" in figures
                assert "visavis_sessions_attached 1.0" in figures
                assert 'visavis_offers_total{result="answered"} 1.0' in figures
                assert 'visavis_events_total{type="session.started"} 1.0' in figures
                assert (await http.get("/readyz")).text == "ready\n"
                config = (await http.get("/api/config")).json()
                assert config["ready"]
                assert config["role"] == "parrot"
                page = await http.get("/")
                assert page.status_code == 200
                assert page.headers["referrer-policy"] == "no-referrer"
            await client.close()

    run(scene())
