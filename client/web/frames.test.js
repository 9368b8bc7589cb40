import assert from 'node:assert/strict';
import { test } from 'node:test';

import { FRAME, Framer, Playout } from './frames.js';

test('sound of any piece size becomes frames of 20 ms, clipped and complete', () => {
  const framer = new Framer();
  const sound = Float32Array.from({ length: 128 * 45 }, (_, index) => (index % 3) - 1 + (index % 7 === 0 ? 2 : 0));
  const frames = [];
  for (let at = 0; at < sound.length; at += 128) frames.push(...framer.push(sound.subarray(at, at + 128)));
  assert.equal(frames.length, Math.floor(sound.length / FRAME));
  const samples = frames.flatMap((frame) => [...frame]);
  samples.forEach((sample, index) => assert.equal(sample, Math.round(Math.max(-1, Math.min(1, sound[index])) * 32767)));
});

const frame = (value) => new Int16Array(FRAME).fill(value);
const pull = (playout, samples) => {
  const out = new Float32Array(samples);
  playout.pull(out);
  return out;
};

test('playing begins when a little has been gathered, and loses nothing', () => {
  const playout = new Playout();
  for (const value of [100, 200]) playout.push(frame(value));
  assert.ok(pull(playout, 128).every((sample) => sample === 0));
  playout.push(frame(300));
  const heard = Array.from({ length: 3 * FRAME / 120 }, () => [...pull(playout, 120)]).flat();
  assert.deepEqual([heard[0], heard[FRAME], heard[2 * FRAME]], [100, 200, 300].map((value) => Math.fround(value / 32768)));
  assert.ok(pull(playout, 128).every((sample) => sample === 0));
});

test('a short sound is played although nothing follows it', () => {
  const playout = new Playout();
  playout.push(frame(500));
  const heard = Array.from({ length: 60 }, () => [...pull(playout, 128)]).flat();
  assert.equal(heard.filter((sample) => sample !== 0).length, FRAME);
});

test('what piled up is dropped, oldest first, down to half a second', () => {
  const playout = new Playout();
  for (let value = 1; value <= 100; value++) playout.push(frame(value));
  const heard = pull(playout, 200 * FRAME);
  assert.deepEqual([heard[0] * 32768, heard.filter((sample) => sample !== 0).length], [76, 25 * FRAME]);
});
