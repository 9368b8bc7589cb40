import assert from 'node:assert/strict';
import { test } from 'node:test';

import { abandon, addChunk, beginPicture, bytes, finishPicture, formsToFetch, goOn, keepFile, nameSeen, partOnly, said } from './pictures.js';

const chunk = (version, index, count, data) => ({ picture: 1, version, index, count, mime: 'image/png', data });
const begun = beginPicture([], { picture: 1, kind: 'drawing', prompt: 'a cat' });
const add = (pictures, ...chunks) => chunks.reduce(addChunk, pictures);

test('a picture is shown when all its chunks are there, in any order, also twice', () => {
  const part = add(begun, chunk(0, 1, 2, 'Qg=='), chunk(0, 1, 2, 'Qg=='));
  assert.equal(part[0].shown, -1);
  const whole = add(part, chunk(0, 0, 2, 'QQ=='));
  assert.equal(whole[0].shown, 0);
  assert.equal(Buffer.concat(bytes(whole[0].parts)).toString(), 'AB');
});

test('a preview is replaced by a better one, never by an older one', () => {
  const better = add(begun, chunk(0, 0, 1, 'QQ=='), chunk(2, 0, 2, 'Qg=='), chunk(1, 0, 1, 'Qw=='), chunk(2, 1, 2, 'RA=='));
  assert.deepEqual([better[0].shown, better[0].parts], [2, ['Qg==', 'RA==']]);
  assert.equal(finishPicture(better, { picture: 1, version: 2, alt: 'a cat' })[0].state, 'done');
});

test('a picture of which a part was lost is not called done', () => {
  assert.equal(finishPicture(add(begun, chunk(0, 0, 2, 'QQ==')), { picture: 1, version: 0, alt: '' })[0].state, 'failed');
});

test('a frame keeps what was found in it', () => {
  const seen = beginPicture(nameSeen([], { picture: 7, found: ['mug'] }), { picture: 7, kind: 'frame', prompt: '' });
  assert.deepEqual([seen.length, seen[0].kind, seen[0].found], [1, 'frame', ['mug']]);
});

test('the part that was looked at is shown by itself, at its own place and shape', () => {
  const part = { x: 0.5, y: 0.25, w: 0.5, h: 0.25 };
  assert.deepEqual(nameSeen([], { picture: 7, found: [], word: 'this', part })[0].part, part);
  assert.equal(nameSeen([], { picture: 7, found: [], part: { ...part, w: 0 } })[0].part, null);
  assert.deepEqual(partOnly(part, 'blob:1', 4 / 3), {
    backgroundImage: 'url("blob:1")', backgroundSize: '200% 400%', backgroundPosition: `100% ${100 / 3}%`, aspectRatio: `${(2 * 4) / 3}`,
  });
  assert.equal(partOnly({ x: 0, y: 0, w: 1, h: 1 }, 'blob:1', 1).backgroundPosition, '0% 0%');
});

test('a tile says what is happening, and never less than before', () => {
  const waiting = goOn(begun, { picture: 1, before: 2, done: 0 });
  assert.equal(said(waiting[0]), '2 others first');
  const drawing = goOn(goOn(waiting, { picture: 1, before: 0, done: 0.5 }), { picture: 1, before: 0, done: 0.4 });
  assert.deepEqual([said(drawing[0]), drawing[0].progress], ['Drawing…', 0.5]);
  const done = finishPicture(add(drawing, chunk(0, 0, 1, 'QQ==')), { picture: 1, version: 0, alt: 'a grey cat' });
  assert.deepEqual([said(done[0]), done[0].progress], ['a cat', 1]);
  assert.equal(goOn(done, { picture: 1, before: 0, done: 0.1 })[0], done[0]);
  assert.equal(said(abandon(drawing)[0]), 'Not finished');
});

test('what did not come over the line is fetched: of a drawing its other forms, of a clip all', () => {
  const whole = add(begun, chunk(0, 0, 1, 'QQ=='));
  const done = (kind, forms, url = 'api/pictures/x') => finishPicture(beginPicture(whole, { picture: 1, kind, prompt: '' }), { picture: 1, version: 0, alt: '', url, forms })[0];
  assert.deepEqual(formsToFetch(done('drawing', ['png', 'svg'])), ['svg']);
  assert.deepEqual(formsToFetch(done('clip', ['webm', 'gif'])), ['webm', 'gif']);
  assert.deepEqual(formsToFetch(done('drawing', ['png', 'svg'], '')), []);
  assert.deepEqual(formsToFetch(done('clip', ['webm', 'html'])), ['webm']);
  assert.deepEqual(formsToFetch(whole[0]), []);
});

test('a file that was fetched belongs to its picture, if that is still there', () => {
  assert.deepEqual(keepFile(begun, { picture: 1, form: 'svg', blob: 'x' })[0].files, { svg: 'x' });
  assert.deepEqual(keepFile(begun, { picture: 9, form: 'svg', blob: 'x' }), begun);
});

for (const wrong of [{ mime: 'text/html' }, { count: 0 }, { count: 1e9 }, { index: 5 }, { index: -1 }, { data: '<b>' }, { data: 'QQ' }])
  test(`refused: ${JSON.stringify(wrong)}`, () => {
    assert.equal(addChunk(begun, { ...chunk(0, 0, 2, 'QQ=='), ...wrong })[0].state, 'failed');
  });

test('the strip is bounded', () => {
  let pictures = [];
  for (let picture = 0; picture < 100; picture++) pictures = beginPicture(pictures, { picture, kind: 'drawing', prompt: '' });
  assert.deepEqual([pictures.length, pictures.at(-1).id], [24, 99]);
});
