import assert from 'node:assert/strict';
import { test } from 'node:test';

import { forget, keep, remembered } from './remember.js';

function storage(text = null) {
  return { text, getItem() { return this.text; }, setItem(_, text) { this.text = text; }, removeItem() { this.text = null; } };
}

test('a reloaded page knows its conversation as long as the server waits for it', () => {
  const kept = storage();
  assert.equal(remembered(kept), null);
  keep({ session: 'abc', mic: 'muted', resume_s: 60 }, kept, 1000);
  assert.deepEqual(remembered(kept, 60_000), { session: 'abc', mic: 'muted', until_ms: 61_000 });
  assert.equal(remembered(kept, 61_000), null);
  forget(kept);
  assert.equal(remembered(kept, 1000), null);
});

test('foreign or missing storage is no conversation', () => {
  for (const text of ['', '{', '[]', '7', '{"session":7,"at":1,"resume_s":1e9}', '{"session":"a"}']) assert.equal(remembered(storage(text), 2), null);
  const none = { getItem() { throw new Error('blocked'); }, setItem() { throw new Error('blocked'); }, removeItem() { throw new Error('blocked'); } };
  keep({ session: 'a' }, none);
  forget(none);
  assert.equal(remembered(none), null);
});
