// The line on a clock that the test moves.
import assert from 'node:assert/strict';
import { mock, test } from 'node:test';

import { Refused, Unreachable } from './refusals.js';
import { keepLine } from './wire.js';

const settle = () => new Promise((resolve) => setImmediate(resolve));

/** A line whose connections are made by `dial(attempt)`: an error to throw, or nothing. */
function scene(dial = () => null, { pongs = true, takes_ms = 0, ...more } = {}) {
  mock.timers.reset();
  mock.timers.enable({ apis: ['setTimeout', 'setInterval'] });
  let time = 0;
  const ended = new AbortController();
  const told = [];
  const calls = [];
  const line = keepLine({
    signal: ended.signal,
    heartbeat_s: 1,
    resume_s: 60,
    now: () => time,
    ...more,
    tell: (event) => event.type !== 'pong' && told.push(event),
    dial: async (session, receive) => {
      const call = { session, receive, sent: [], at: time, closed: false, pongs };
      calls.push(call);
      const error = dial(calls.length);
      time += takes_ms;
      if (error) throw error;
      call.received = async () => (call.bytes += call.flows ? 100 : 0);
      Object.assign(call, { bytes: 0, flows: false });
      call.lost = new Promise((resolve) => (call.lose = resolve));
      call.transport = 'webrtc';
      call.doubt = (doubtful) => (call.doubtful = doubtful);
      call.close = () => (call.closed = true);
      call.send = (text) => {
        call.sent.push(JSON.parse(text));
        if (call.pongs && call.sent.at(-1).type === 'ping') receive(JSON.stringify({ type: 'pong', n: call.sent.at(-1).n }));
      };
      return call;
    },
  });
  const pass = async (ms) => {
    await settle();
    for (let left = ms; left > 0; left -= 100) {
      time += 100;
      mock.timers.tick(100);
      await settle();
    }
  };
  return { line, told, calls, pass, ended, types: () => told.map((event) => event.type) };
}

const started = JSON.stringify({ type: 'session.started', session: 'abc' });

test('a connection with a heartbeat lives on', async () => {
  const { calls, pass, types, ended } = scene();
  await pass(20_000);
  assert.deepEqual(types(), ['page.connecting', 'page.connected']);
  assert.deepEqual([calls.length, calls[0].sent.length, calls[0].closed], [1, 20, false]);
  ended.abort();
  await settle();
  assert.ok(calls[0].closed);
});

test('a silent server is noticed within seconds, and the same conversation goes on', async () => {
  const { calls, pass, types, ended } = scene();
  await pass(1000);
  calls[0].receive(started);
  calls[0].pongs = false;
  await pass(5000);
  assert.deepEqual(types(), ['page.connecting', 'page.connected', 'session.started', 'page.reconnecting', 'page.connected']);
  assert.deepEqual([calls[0].session, calls[1].session, calls[0].closed], ['', 'abc', true]);
  assert.ok(calls[1].at <= 5000);
  ended.abort();
});

test('a lost connection is taken up at once, one lost again at once is not', async () => {
  const { calls, pass, ended } = scene();
  await pass(10_000);
  calls[0].lose();
  await pass(100);
  assert.equal(calls.length, 2);
  calls[1].lose();
  await pass(1000);
  assert.equal(calls.length, 2);
  await pass(8000);
  assert.equal(calls.length, 3);
  ended.abort();
});

test('reconnecting backs off, and gives up when the server has forgotten the conversation', async () => {
  const { calls, pass, types, told } = scene((attempt) => attempt > 1 && new Unreachable('no way'));
  await pass(100);
  calls[0].receive(started);
  calls[0].lose();
  await pass(90_000);
  const pauses = calls.slice(2).map((call, index) => call.at - calls[index + 1].at);
  assert.deepEqual(pauses.slice(0, 6), [200, 500, 1000, 2000, 4000, 8000]);
  assert.equal(types().at(-1), 'page.failed');
  assert.match(told.at(-1).what, /lost/);
  assert.ok(calls.at(-1).at - calls[1].at <= 72_000);
});

test('the first attempt fails at once, in the words of the server', async () => {
  const { pass, told, calls } = scene(() => new Refused('all seats are taken', 'Try again when somebody has left.'));
  await pass(5000);
  assert.equal(calls.length, 1);
  assert.deepEqual(told.at(-1), { type: 'page.failed', what: 'All seats are taken.', todo: 'Try again when somebody has left.' });
});

test('a reloaded page goes on, and keeps trying while the server is away', async () => {
  const { calls, pass, types, told, ended } = scene((attempt) => attempt < 3 && new Unreachable('the server does not answer'), { session: 'abc' });
  await pass(5000);
  assert.deepEqual(calls.map((call) => call.session), ['abc', 'abc', 'abc']);
  assert.deepEqual(types(), ['page.connecting', 'page.connected']);
  assert.equal(told[0].session, 'abc');
  ended.abort();
});

test('a server that comes back is found within a second, however long it was away', async () => {
  let up = true;
  const { calls, pass, ended } = scene((attempt) => attempt > 1 && !up && new Unreachable('down'), { ready: async () => up });
  await pass(100);
  calls[0].receive(started);
  up = false;
  calls[0].lose();
  await pass(30_000);
  const before = calls.length;
  up = true;
  await pass(1000);
  assert.equal(calls.length, before + 1);
  ended.abort();
});

test('a server that closes its door is asked at once whether it still lives', async () => {
  const { calls, pass, types, ended } = scene();
  await pass(1000);
  calls[0].receive(started);
  calls[0].doubtful(); // it answers: only the signalling was closed
  await pass(2000);
  assert.deepEqual(types(), ['page.connecting', 'page.connected', 'session.started']);
  calls[0].pongs = false;
  calls[0].doubtful();
  await pass(800);
  assert.equal(calls.length, 2);
  ended.abort();
});

test('a conversation that the server ended is not taken up again', async () => {
  const { calls, pass, types } = scene();
  await pass(100);
  calls[0].receive(JSON.stringify({ type: 'session.ended', reason: 'goodbye' }));
  calls[0].lose();
  await pass(10_000);
  assert.deepEqual(types(), ['page.connecting', 'page.connected', 'session.ended']);
  assert.deepEqual([calls.length, calls[0].closed], [1, true]);
});

test('hanging up while reconnecting ends the attempts', async () => {
  const { calls, pass, ended, line, types } = scene((attempt) => attempt > 1 && new Unreachable('no way'));
  await pass(100);
  calls[0].lose();
  await pass(1000);
  const attempts = calls.length;
  ended.abort();
  await line.done;
  await pass(20_000);
  assert.deepEqual([calls.length, types().at(-1)], [attempts, 'page.reconnecting']);
});

const resumed = JSON.stringify({ type: 'session.started', session: 'abc', resumed: true });
const texts = (call) => call.sent.filter(({ type }) => type === 'text.typed').map(({ text }) => text);

test('what was written as the line was lost is said again over the next one, with the same key, and no more once it is proven', async () => {
  const { calls, pass, ended, line, told } = scene((attempt) => attempt === 2 && new Unreachable('not yet'));
  line.send({ type: 'text.typed', text: 'before there is a line' });
  await pass(100);
  calls[0].receive(started);
  assert.deepEqual(texts(calls[0]), ['before there is a line']);
  await pass(2000); // heartbeats
  calls[0].pongs = false;
  line.send({ type: 'text.typed', text: 'into the void' });
  line.send({ type: 'reply.stop' });
  calls[0].lose();
  await pass(100);
  line.send({ type: 'text.typed', text: 'meanwhile' });
  line.send({ type: 'reply.stop' });
  await pass(1000);
  calls[2].receive(resumed);
  assert.deepEqual(calls[2].sent.map(({ text }) => text), ['into the void', 'meanwhile']);
  assert.equal(calls[0].sent.find(({ text }) => text === 'into the void').key, calls[2].sent[0].key);
  assert.notEqual(calls[2].sent[0].key, calls[2].sent[1].key);
  assert.deepEqual(told.filter(({ type }) => type === 'page.unsent').map(({ texts }) => texts.length), [1, 0, 1, 2, 0]);
  await pass(3000);
  calls[2].lose();
  await pass(20_000);
  calls.at(-1).receive(resumed);
  assert.deepEqual(texts(calls.at(-1)), []);
  ended.abort();
});

test('a connection that took long to make is not taken for a silent one', async () => {
  const { calls, pass, ended } = scene(() => null, { takes_ms: 3900 });
  await pass(5000);
  assert.equal(calls.length, 1);
  ended.abort();
});

test('where packets come, messages that are held up are waited for, though not for ever', async () => {
  const { calls, pass, ended } = scene();
  await pass(1000);
  Object.assign(calls[0], { pongs: false, flows: true });
  await pass(8000);
  assert.equal(calls.length, 1);
  await pass(3000);
  assert.equal(calls.length, 2);
  Object.assign(calls[1], { pongs: false, flows: false });
  await pass(20_000);
  assert.ok(calls.length > 2);
  ended.abort();
});
