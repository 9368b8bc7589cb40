import assert from 'node:assert/strict';
import { test } from 'node:test';

import { openMeters } from './levels.js';

test('a microphone that gives only zeros is dead, until something is heard or the browser lets nothing be read', () => {
  let sound = 0;
  const context = {
    state: 'running',
    createMediaStreamSource: () => ({ connect() {}, disconnect() {} }),
    createAnalyser: () => ({ getFloatTimeDomainData: (samples) => samples.fill(sound) }),
  };
  globalThis.AudioContext = function AudioContext() { return context; };
  const meters = openMeters(new AbortController().signal);
  assert.equal(meters.dead('microphone'), false); // there is none
  meters.watch('microphone', {});
  assert.deepEqual([meters.read('microphone'), meters.dead('microphone')], [0, true]);
  context.state = 'suspended';
  assert.equal(meters.dead('microphone'), false);
  context.state = 'running';
  sound = 1e-5;
  assert.deepEqual([meters.read('microphone'), meters.dead('microphone')], [0, false]);
  sound = 0;
  meters.read('microphone');
  assert.equal(meters.dead('microphone'), false); // a gate may close it between words
  meters.watch('microphone', {});
  meters.read('microphone');
  assert.equal(meters.dead('microphone'), true); // another one
});
