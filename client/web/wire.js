// The line to the server: one conversation, kept connected. WebRTC first, one WebSocket where that finds no way; a
// heartbeat notices a dead connection, and a new one goes on with the same conversation while the server keeps it.

import { openOutbox } from './outbox.js';
import { Refused, Unreachable } from './refusals.js';
import { callByWebRtc } from './rtc.js';
import { callBySocket } from './socket.js';

const CONNECT_MS = 4000; // WebRTC that has not connected by then is given up
const SILENT_MS = 3000; // a server from which nothing comes for so long is gone,
const STUCK_MS = 10_000; // or one that says nothing, though packets come: lost messages hold up the later ones for seconds
const FLAPPING_MS = 5000; // a connection lost again so soon is not taken up at once
const DOUBT_MS = 700; // for an answer once there is reason to think that the connection is gone; on a slow line more
const LOOK_MS = 500; // how often to look whether a server that was down is back
const PAUSES_MS = [200, 500, 1000, 2000, 4000, 8000]; // between attempts; the last one repeats

/** How to connect, as `keepLine` wants it. media: { microphone, camera }, tracks or null, read at every attempt. */
export function dialler({ address, iceServers, media, hear, signal }) {
  let blocked = typeof RTCPeerConnection === 'undefined'; // WebRTC found no way before,
  let worked = false; // and never did
  return async (session, receive) => {
    const call = { address, iceServers, session, media, receive, hear, signal, patience_ms: CONNECT_MS };
    if (!blocked) {
      try {
        const connection = await callByWebRtc(call);
        worked = true;
        return connection;
      } catch (error) {
        if (!(error instanceof Unreachable) || signal.aborted) throw error;
        call.session = error.session || session;
      }
    }
    const connection = await callBySocket(call);
    blocked = !worked; // a network that was only bad for a while gets its camera back
    return connection;
  };
}

/**
 * Keep one conversation connected until `signal` aborts, the server ends it, or reconnecting took longer than resume_s.
 * dial(session, receive): see `callByWebRtc`. tell(event) gets every server event and `page.*` ones about the line.
 * session: a conversation to go on with, or ''. ready(): whether the server takes connections, to be back as soon as it is.
 * What the visitor did by hand is said when there is a line, and again if that was lost (outbox.js); `page.unsent` names
 * the texts that wait. Returns { send(event), room(): resolves when a large event may be sent, carry(kind, track), done: a promise }.
 */
export function keepLine({ dial, tell, signal, heartbeat_s, resume_s, session = '', ready = null, now = () => performance.now() }) {
  let current = null;
  let finish;
  let over = false;
  let open = false; // the conversation goes on over `current`
  let pings = 0; // sent over `current`
  let unsent = 0; // texts told of
  const outbox = openOutbox();
  const finished = new Promise((resolve) => {
    finish = () => {
      over = true;
      resolve();
    };
  });
  signal.addEventListener('abort', finish, { once: true });

  function receive(text) {
    if (over) return;
    const event = JSON.parse(text);
    if (event.type === 'session.started') session = event.session;
    if (event.type === 'session.ended') finish();
    if (event.type === 'pong') outbox.answered(event.n);
    tell(event);
    if (event.type !== 'session.started') return;
    open = true;
    for (const kept of outbox.begin(event.resumed, pings)) current?.send(JSON.stringify(kept));
    tellUnsent();
  }

  function send(event) {
    if (!outbox.takes(event)) return void current?.send(JSON.stringify(event));
    const kept = event.type === 'text.typed' ? { ...event, key: newKey() } : event;
    outbox.put(kept, open ? pings : null);
    if (open) current.send(JSON.stringify(kept));
    tellUnsent();
  }

  function tellUnsent() {
    const texts = outbox.texts();
    if (texts.length || unsent) tell({ type: 'page.unsent', texts });
    unsent = texts.length;
  }

  async function run() {
    tell({ type: 'page.connecting', session });
    let lostAt = session ? now() : -Infinity;
    let failures = 0;
    while (!over) {
      try {
        if (ready && lostAt > -Infinity) await answering(lostAt);
        if (over) return;
        await talk();
        if (over) return;
        tell({ type: 'page.reconnecting' });
        tellUnsent();
        const flapping = now() - lostAt < FLAPPING_MS;
        lostAt = now();
        failures = 0;
        if (flapping) await pause(PAUSES_MS.at(-1));
      } catch (error) {
        if (over) return;
        if (now() - lostAt > resume_s * 1000) return void tell({ type: 'page.failed', ...inWords(error, session) });
        await pause(PAUSES_MS[Math.min(failures++, PAUSES_MS.length - 1)]);
      }
    }
  }

  /** One connection, from dialling to its loss. */
  async function talk() {
    let heardAt = 0; // a message came
    let aliveAt = 0; // anything came, then or later
    let lookedAt = 0;
    let heard = 0; // messages
    let bytes = 0;
    let pingedAt = 0;
    let answer_ms = 0; // how long the last answer took
    pings = 0;
    const connection = await dial(session, (text) => {
      if (heardAt < pingedAt) answer_ms = now() - pingedAt;
      heardAt = now();
      heard += 1;
      receive(text);
    });
    current = connection;
    heardAt = aliveAt = lookedAt = now(); // the time it took to connect does not count
    tell({ type: 'page.connected', transport: connection.transport });
    let silent;
    const lost = new Promise((resolve) => (silent = resolve));
    const ping = () => {
      pingedAt = now();
      connection.send(JSON.stringify({ type: 'ping', n: ++pings }));
    };
    const beat = setInterval(async () => {
      const came = (await connection.received?.()) ?? 0;
      if (came > bytes) aliveAt = lookedAt;
      [bytes, lookedAt] = [came, now()];
      if (now() - Math.max(aliveAt, heardAt) > SILENT_MS || now() - heardAt > STUCK_MS) silent();
      else ping();
    }, heartbeat_s * 1000);
    let doubted;
    const doubt = () => {
      const before = heard;
      ping();
      clearTimeout(doubted);
      doubted = setTimeout(() => heard === before && silent(), Math.max(DOUBT_MS, 3 * answer_ms));
    };
    connection.doubt?.(doubt);
    globalThis.addEventListener?.('online', doubt); // another network: the connection may have stayed in the old one
    await Promise.race([connection.lost, lost, finished]);
    globalThis.removeEventListener?.('online', doubt);
    clearInterval(beat);
    clearTimeout(doubted);
    current = null;
    open = false;
    outbox.lost();
    connection.close();
  }

  /** Dialling into nothing takes seconds, looking does not: wait until the server takes connections again. */
  async function answering(lostAt) {
    while (!over && now() - lostAt <= resume_s * 1000 && !(await ready())) await pause(LOOK_MS);
  }

  /** Wait, but not once the network is back or the user has hung up. */
  function pause(ms) {
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer);
        globalThis.removeEventListener?.('online', end);
        signal.removeEventListener('abort', end);
        resolve();
      };
      const timer = setTimeout(end, ms);
      globalThis.addEventListener?.('online', end);
      signal.addEventListener('abort', end);
    });
  }

  return {
    send,
    room: () => current?.room() ?? Promise.resolve(),
    carry: (kind, track) => current?.carry(kind, track),
    done: run(),
  };
}

function inWords(error, session) {
  if (error instanceof Refused) return { what: sentence(error.message), todo: error.todo };
  if (!(error instanceof Unreachable)) return { what: `The connection failed: ${error.message}.`, todo: 'Try again, or use another browser.' };
  return session
    ? { what: 'The connection was lost and did not come back.', todo: 'Check your network, then press Talk.' }
    : { what: 'The server does not answer.', todo: 'Check that it is running and that you can reach it, then press Talk.' };
}

function newKey() {
  return `${Date.now().toString(36)}.${Math.random().toString(36).slice(2)}`; // crypto.randomUUID is there over https only
}

/** The server's errors are phrases: "all seats are taken". */
export function sentence(phrase) {
  return phrase.charAt(0).toUpperCase() + phrase.slice(1) + (/[.!?]$/.test(phrase) ? '' : '.');
}
