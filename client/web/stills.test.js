import assert from 'node:assert/strict';
import test from 'node:test';

import { NoStill, chunks, photograph } from './stills.js';

test('a still is cut into parts that are base64 of their own and together all of it', async () => {
  const bytes = Uint8Array.from({ length: 30_000 }, (_, n) => (n * 7) % 256);
  const parts = await chunks(new Blob([bytes]));
  assert.equal(parts.length, 3);
  assert.ok(parts.every((part) => part.length <= 16 * 1024));
  assert.deepEqual(Buffer.concat(parts.map((part) => Buffer.from(part, 'base64'))), Buffer.from(bytes));
  assert.deepEqual(await chunks(new Blob([])), []);
});

test('a camera that shows nothing yet gives no still', async () => {
  await assert.rejects(photograph({ videoWidth: 0, videoHeight: 0 }, 2560), NoStill);
});
