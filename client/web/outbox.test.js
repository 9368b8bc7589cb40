import assert from 'node:assert/strict';
import { test } from 'node:test';

import { openOutbox } from './outbox.js';

const typed = (text) => ({ type: 'text.typed', text });
const erased = { type: 'fact.erased', fact: 'x' };

test('what a later heartbeat has proven is not said again, the rest is', () => {
  const box = openOutbox();
  box.put(typed('one'), 3);
  box.put(typed('two'), 4);
  box.answered(3); // this ping was sent before the first
  box.answered(4);
  assert.deepEqual(box.texts(), []);
  box.lost();
  assert.deepEqual(box.texts(), ['two']);
  assert.deepEqual(box.begin(true, 0), [typed('two')]);
  assert.deepEqual(box.texts(), []);
  box.answered(1);
  assert.deepEqual(box.begin(true, 0), []);
});

test('a new conversation is told the texts only', () => {
  const box = openOutbox();
  box.put(erased, null);
  box.put(typed('hello'), null);
  assert.deepEqual(box.begin(false, 0), [typed('hello')]);
});

test('what was asked for while there is no line is kept in order, up to a bound; what means something only now is not taken', () => {
  const box = openOutbox();
  for (let n = 0; n < 80; n++) box.put(typed(String(n)), null);
  assert.deepEqual([box.texts().length, box.texts().at(-1)], [50, '79']);
  assert.deepEqual([erased, { type: 'reply.stop' }, { type: 'ping', n: 1 }].map(box.takes), [true, false, false]);
});
