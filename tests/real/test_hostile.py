"""Everything a client can send wrong: a clear error, other conversations unharmed, no task or thread left.

Each test keeps a well-behaved client connected, throws things at the server, and asks the client at the end whether it
still is in its conversation. `serving` itself checks that nothing is left running.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import socket
from collections.abc import AsyncIterator
from typing import Any

import httpx
import numpy as np
import pytest
import websockets
from aiortc import RTCSessionDescription

from tests.real.server_scene import Client, Running, met, serving
from tests.real.test_server import run

GENEROUS = {"offers_per_minute": 10_000, "max_sessions": 1000, "connect_s": 1.0}


@contextlib.asynccontextmanager
async def a_good_client(**settings: Any) -> AsyncIterator[Running]:
    """Somebody is in a conversation, before and after."""
    async with serving(**{**GENEROUS, **settings}) as house:
        client = await Client().join(house.url)
        await client.until("session.started")
        yield house
        client.send({"type": "ping", "n": 1})
        await client.until("pong")
        assert len([event for event in client.events if event["type"] == "session.started"]) == 1
        await client.close()


async def sample_sdp() -> str:
    client = Client(camera=True)
    sdp: str = (await client.offer())["sdp"]
    await client.close()
    return sdp


def mutated(sdp: str, chance: random.Random) -> str:
    """One of the ways in which SDP goes wrong."""
    lines = sdp.split("\r\n")
    spot = chance.randrange(len(lines))
    match chance.randrange(8):
        case 0:
            del lines[spot]
        case 1:
            lines.insert(spot, lines[chance.randrange(len(lines))])
        case 2:
            lines[spot] = lines[spot][: chance.randrange(len(lines[spot]) + 1)]
        case 3:
            lines = lines[:spot]
        case 4:
            lines[spot] = "".join(chance.choice("abc019:=/ \x00\xff") for _ in range(20))
        case 5:
            lines[spot] = lines[spot].replace("0", "-99999999999999999999")
        case 6:
            start = chance.randrange(len(lines))
            lines[spot:spot] = lines[start : start + 12]
        case 7:
            chance.shuffle(lines)
            lines.insert(0, "v=0")
    return "\r\n".join(lines)


def test_broken_sdp() -> None:
    async def scene() -> None:
        async with a_good_client() as house, httpx.AsyncClient(base_url=house.url, timeout=20) as http:
            good, chance = await sample_sdp(), random.Random(7)
            answers = {200: 0, 400: 0}
            for _ in range(60):
                offer = {"type": "offer", "sdp": mutated(good, chance)}
                reply = await http.post("/api/offer", json=offer)
                answers[reply.status_code] += 1
                if reply.status_code == 400:
                    assert reply.json()["what"], reply.text
            assert answers[400] >= 10
            # those that were answered never connect, and give their seats back
            await met(lambda: len(house.server.seats._seats) == 1, within_s=20)

    run(scene())


def test_offers_that_are_no_offers() -> None:
    bodies: list[Any] = [
        b"",
        b"{",
        b"null",
        b"[]",
        b"\xff\xfe",
        b'{"type": "offer"}',
        b'{"type": "answer", "sdp": "v=0"}',
        b'{"type": "offer", "sdp": 3}',
        b'{"type": "offer", "sdp": "v=0", "session": 4}',
        b'{"type": "offer", "sdp": ""}',
        b'{"type": "offer", "sdp": "hello"}',
        json.dumps({"type": "offer", "sdp": "v=0\r\n" + "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\n" * 50}).encode(),
        json.dumps(
            {"type": "offer", "sdp": "v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 0\r\na=rtpmap:0 PCMU/8000\r\n"}
        ).encode(),
        json.dumps({"type": "offer", "sdp": "v=0\r\nm=image 9 udptl t38\r\n"}).encode(),
        b'{"type": "offer", "sdp": ' + b"[" * 20_000 + b"]" * 20_000 + b"}",
    ]

    async def scene() -> None:
        async with a_good_client() as house, httpx.AsyncClient(base_url=house.url) as http:
            for body in bodies:
                reply = await http.post("/api/offer", content=body)
                assert reply.status_code == 400, (body[:80], reply.text)
                assert reply.json()["type"] == "error"
            assert (await http.post("/api/offer", content=b"x" * 100_000)).status_code == 413
            for path in ("/api/offer", "/../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/nothing", "/ws"):
                assert (await http.get(path)).status_code in (400, 404, 405, 426)

    run(scene())


def test_signalling_messages_that_make_no_sense() -> None:
    messages: list[Any] = [
        "",
        "{",
        "null",
        b"\x00\x01",
        '{"type": "nothing"}',
        '{"type": "offer", "sdp": 1}',
        '{"type": "candidate", "candidate": {"candidate": "candidate:1 1 udp 1 10.0.0.1 9 typ host", "sdpMid": "0"}}',
        '{"type": "audio", "rate": 11025}',
        '{"type": "audio", "rate": "fast"}',
        '{"type": "audio", "rate": 99999999999999999999999999}',
        json.dumps({"type": "offer", "sdp": "v=0\r\n" + "a=x\r\n" * 10_000}),
    ]

    async def scene() -> None:
        async with a_good_client() as house:
            async with websockets.connect(house.ws) as line:
                for message in messages:
                    await line.send(message)
                    answer = json.loads(await line.recv())
                    assert answer["type"] == "error", (message, answer)
                    assert answer["what"]
                await line.send(json.dumps({"type": "audio"}))  # and it still works
                assert json.loads(await line.recv())["type"] == "audio"
            async with websockets.connect(house.ws) as line:
                with contextlib.suppress(websockets.ConnectionClosed):
                    await line.send("x" * 300_000)
                    await line.recv()
                assert line.close_code == 1009
            await met(lambda: len(house.server.seats._seats) == 2)

    run(scene())


def test_candidates_that_lead_nowhere() -> None:
    async def scene() -> None:
        async with a_good_client() as house, websockets.connect(house.ws, max_queue=None) as line:
            client = Client()
            await line.send(json.dumps(await client.offer()))
            await client.accept(json.loads(await line.recv()))
            good = "candidate:1 1 udp 1 192.0.2.7 9 typ host"
            bad = [
                "x",
                "candidate:",
                "candidate:1 1 udp one 192.0.2.7 9 typ host",
                good.replace("9", "-1"),
                "\x00" * 40,
            ]
            for text in [*bad, good.replace("192.0.2.7", "nowhere"), good.replace("192.0.2.7", "gone.local"), good]:
                await line.send(json.dumps({"type": "candidate", "candidate": {"candidate": text, "sdpMid": "0"}}))
            for _ in range(50):
                await line.send(json.dumps({"type": "candidate", "candidate": {"candidate": good, "sdpMid": "0"}}))
            errors = [json.loads(await line.recv()) for _ in range(4)]
            assert {error["type"] for error in errors} == {"error"}
            await client.until("session.started")
            await client.close()

    run(scene())


def test_junk_on_the_data_channel() -> None:
    chance = random.Random(11)
    junk: list[str | bytes] = [
        "",
        "{",
        "null",
        "[1, 2]",
        '{"type": "session.started"}',
        '{"type": "text.typed"}',
        '{"type": "text.typed", "text": 5}',
        '{"type": "ping", "n": "one"}',
        '{"type": "ping", "n": 1e999}',
        b"\x00\xff\xfe",
        b"",
        chance.randbytes(5000),
        "[" * 30_000,
        json.dumps({"type": "text.typed", "text": "x" * 70_000}),
    ]

    async def scene() -> None:
        async with a_good_client() as house:
            client = await Client().join(house.url)
            await client.until("session.started")
            for n, message in enumerate(junk, 1):
                client.send(message)
                assert (await client.until("trouble", n))["what"]
            client.send({"type": "text.typed", "text": "still here"})
            assert (await client.until("user.final"))["text"] == "still here"
            for number in range(300):  # three times what is read in a second
                client.send({"type": "ping", "n": number})
            await client.until("trouble", len(junk) + 1)
            for label in ("other", "events"):
                client.connection.createDataChannel(label)
            await asyncio.sleep(1.1)
            client.send({"type": "ping", "n": 1000})
            await met(lambda: [e for e in client.events if e.get("n") == 1000])
            await client.close()

    run(scene())


def test_text_that_is_no_text_ends_only_its_own_connection() -> None:
    async def scene() -> None:
        async with a_good_client() as house:
            client = await Client().join(house.url)
            await client.until("session.started")
            sctp = client.connection.sctp
            await sctp._send(client.channel.id, 51, b"\xff\xfe\xfd")  # 51: "this is UTF-8"
            await met(lambda: house.server.seats.take(client.session).waiting)
            await client.close()

    run(scene())


def test_odd_messages_over_the_websocket() -> None:
    async def scene() -> None:
        async with a_good_client() as house:
            async with websockets.connect(house.ws) as line:
                await line.send(json.dumps({"type": "audio", "rate": 16_000}))
                troubles = 0
                for message in (b"\x01", b"\x00" * 33_000, "{", '{"type": "offer", "sdp": ""}', "x" * 66_000):
                    await line.send(message)
                    while True:
                        answer = await line.recv()
                        if isinstance(answer, str) and json.loads(answer)["type"] == "trouble":
                            troubles += 1
                            break
                assert troubles == 5
                await line.send(np.zeros(1, "<i2").tobytes())
                await line.send(np.zeros(16_000, "<i2").tobytes())
                await met(lambda: sum(len(pcm) for _, pcm in house.made[1].heard) == 16_001)
                line.transport.abort()  # gone without a word
            await met(lambda: house.server.seats.take(house.made[1].id).waiting)

    run(scene())


def test_a_client_that_does_not_read_is_hung_up_on() -> None:
    async def scene() -> None:
        async with a_good_client() as house:
            port = int(house.url.rsplit(":", 1)[1])
            line = socket.create_connection(("127.0.0.1", port))
            line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            request = f"GET /ws HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            request += "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n"
            message = b'{"type": "audio"}'
            frame = bytes([0x81, 0x80 | len(message), 0, 0, 0, 0]) + message
            line.sendall(request.encode())
            line.setblocking(False)
            assert b"101" in await asyncio.get_running_loop().sock_recv(line, 4096)
            line.sendall(frame)
            await met(lambda: len(house.made) == 2)
            from visavis_agents import events as ev

            parrot = house.made[1]
            await met(lambda: house.server.seats.take(parrot.id).line)
            for number in range(300):
                parrot.emit(ev.PictureChunk(picture=1, version=0, index=number, count=300, mime="", data="x" * 60_000))
            await met(lambda: house.server.seats.take(parrot.id).waiting)
            line.close()

    run(scene())


def test_half_open_requests_do_not_hold_the_server() -> None:
    async def scene() -> None:
        async with a_good_client() as house:
            port = int(house.url.rsplit(":", 1)[1])
            lines = [socket.create_connection(("127.0.0.1", port)) for _ in range(20)]
            for number, line in enumerate(lines):
                line.sendall([b"", b"GET", b"\x16\x03\x01\x02", b"POST /api/offer HTTP/1.1\r\nHost: x\r\n"][number % 4])
            async with httpx.AsyncClient(base_url=house.url) as http:
                assert (await http.get("/healthz")).text == "ok\n"
            for line in lines:
                line.close()

    run(scene())


def test_an_offer_that_never_ends_is_given_up() -> None:
    async def scene() -> None:
        async with a_good_client() as house:
            reader, writer = await asyncio.open_connection("127.0.0.1", int(house.url.rsplit(":", 1)[1]))
            writer.write(b"POST /api/offer HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n{")
            assert b" 408 " in await reader.readline()
            writer.close()
            await writer.wait_closed()

    run(scene())


def test_a_fault_of_ours_over_the_websocket_is_told_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    async def scene() -> None:
        async with a_good_client() as house:
            async with websockets.connect(house.ws) as line:
                await line.send(json.dumps({"type": "audio"}))
                assert json.loads(await line.recv())["type"] == "audio"
                await met(lambda: len(house.made) == 2)

                def fail(event: object) -> None:
                    raise RuntimeError("a fault of ours")

                house.made[1].receive = fail  # type: ignore[method-assign]
                await line.send(json.dumps({"type": "ping", "n": 1}))
                await line.wait_closed()
            await met(lambda: "a fault of ours" in caplog.text)

    run(scene())


def test_a_socket_that_offers_nothing_is_closed() -> None:
    async def scene() -> None:
        async with a_good_client() as house, websockets.connect(house.ws) as line:
            with contextlib.suppress(websockets.ConnectionClosed):
                await line.recv()
            assert line.close_code == 1008

    run(scene())


def test_an_answer_to_a_stranger() -> None:
    """A client whose DTLS never matches its offer's fingerprint gets no conversation."""

    async def scene() -> None:
        async with a_good_client() as house, httpx.AsyncClient(base_url=house.url) as http:
            client = Client()
            offer = await client.offer()
            lines = [
                "a=fingerprint:sha-256 " + ":".join(["AB"] * 32) if line.startswith("a=fingerprint") else line
                for line in offer["sdp"].split("\r\n")
            ]
            answer = (await http.post("/api/offer", json={**offer, "sdp": "\r\n".join(lines)})).json()
            await client.connection.setRemoteDescription(RTCSessionDescription(answer["sdp"], "answer"))
            await met(lambda: len(house.server.seats._seats) == 1, within_s=20)
            assert not client.events
            await client.close()

    run(scene())
