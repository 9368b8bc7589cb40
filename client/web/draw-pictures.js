// The pictures strip. Drawings grow in it as they are drawn, with what is happening to them; a frame that was looked at
// says what was found in it, and beside it the part that was pointed at or held up. Any of them is enlarged (draw-viewer.js).

import { icon } from './draw.js';
import { drawViewer } from './draw-viewer.js';
import { bytes, partOnly, said } from './pictures.js';

/** Returns draw(pictures). act: { say(text), stopDrawing(id) }. told(text): for a screen reader. */
export function drawPictures(root, act, told) {
  const strip = root.querySelector('#pictures');
  const viewer = drawViewer(root, act);
  let shrinks = 0;
  const items = new Map(); // picture id -> { item, picture, url: of its shown version, links: { form: url } }

  /** A drawing is large while it is drawn and new, and then takes its place among the others. */
  function showLarge(item, done) {
    for (const other of strip.querySelectorAll('.new')) if (other !== item) other.classList.remove('new');
    item.classList.add('new');
    clearTimeout(shrinks);
    if (done) shrinks = setTimeout(() => item.classList.remove('new'), NEW_MS);
  }

  function create(id) {
    const item = root.createElement('li');
    const enlarge = Object.assign(root.createElement('button'), { type: 'button', className: 'enlarge' });
    enlarge.addEventListener('click', () => viewer.open(id));
    item.dataset.picture = id;
    item.append(enlarge);
    strip.append(item);
    return item;
  }

  function fill(item, picture, url) {
    Object.assign(item.dataset, { kind: picture.kind, state: picture.state });
    const enlarge = item.firstChild;
    enlarge.disabled = !url;
    enlarge.setAttribute('aria-label', `Enlarge: ${about(picture)}${picture.part ? ', and the part that was looked at' : ''}${picture.state === 'coming' ? `. ${said(picture)}` : ''}`);
    if (picture.state === 'failed' && !url) enlarge.replaceChildren(`No picture. ${picture.reason}`);
    else enlarge.replaceChildren(...(url ? [shown(root, picture, url)] : []), ...tag(picture), ...progress(picture));
    stopButton(item, picture);
    item.querySelector('img')?.addEventListener('load', () => { if (item.matches('.new')) strip.scrollLeft = strip.scrollWidth; }, { once: true });
  }

  function stopButton(item, picture) {
    const known = item.querySelector('.stop');
    if (picture.state !== 'coming' || picture.kind === 'frame') return known?.remove();
    if (known) return;
    const stop = Object.assign(root.createElement('button'), { type: 'button', className: 'stop round' });
    stop.setAttribute('aria-label', `Stop drawing: ${about(picture)}`);
    stop.title = 'Stop drawing';
    stop.append(icon(root, 'i-close'));
    stop.addEventListener('click', () => act.stopDrawing(picture.id));
    item.append(stop);
  }

  function tag(picture) {
    const words = said(picture);
    if (!words) return [];
    const box = Object.assign(root.createElement('span'), { className: 'tag' });
    const mark = { frame: 'i-eye', clip: 'i-play' }[picture.kind];
    box.append(...(mark ? [icon(root, mark)] : []), Object.assign(root.createElement('span'), { textContent: words }));
    return [box];
  }

  function progress(picture) {
    if (picture.state !== 'coming' || picture.kind === 'frame') return [];
    const bar = Object.assign(root.createElement('span'), { className: 'progress' });
    bar.style.setProperty('--done', picture.progress);
    return [bar];
  }

  function refresh(picture) {
    const before = items.get(picture.id);
    if (before?.picture === picture) return;
    const item = before?.item ?? create(picture.id);
    let url = before?.url ?? '';
    if (picture.parts !== before?.picture.parts && picture.parts.length) {
      if (url) URL.revokeObjectURL(url);
      url = URL.createObjectURL(new Blob(bytes(picture.parts), { type: picture.mime }));
    }
    const links = { ...before?.links };
    for (const [form, blob] of Object.entries(picture.files)) links[form] ??= URL.createObjectURL(blob);
    items.set(picture.id, { item, picture, url, links });
    if (before && url === before.url && !SHOWN.some((name) => picture[name] !== before.picture[name])) return; // a chunk that completes nothing
    fill(item, picture, url);
    const over = picture.state !== 'coming';
    if (picture.kind !== 'frame' && (!before || over !== (before.picture.state !== 'coming'))) showLarge(item, over);
    if (!before) strip.scrollLeft = strip.scrollWidth;
    if (picture.state === 'done' && before?.picture.state === 'coming' && picture.kind !== 'frame') told(`Picture: ${about(picture)}.`);
  }

  return function draw(pictures) {
    const known = new Set(pictures.map((picture) => picture.id));
    for (const [id, { item, url, links }] of items) {
      if (known.has(id)) continue;
      item.remove();
      for (const each of [url, ...Object.values(links)]) if (each) URL.revokeObjectURL(each);
      items.delete(id);
    }
    pictures.forEach(refresh);
    strip.hidden = pictures.length === 0;
    viewer.draw(pictures.map(({ id }) => items.get(id)));
  };
}

const NEW_MS = 20_000;
const SHOWN = ['state', 'found', 'part', 'kind', 'prompt', 'alt', 'before', 'progress', 'files']; // what a tile depends on

/** The picture; of one that was looked at in part, the part in a frame and by itself. */
export function shown(root, picture, url) {
  const box = Object.assign(root.createElement('span'), { className: 'shown' });
  const whole = Object.assign(root.createElement('span'), { className: 'whole' });
  const image = Object.assign(root.createElement('img'), { src: url, alt: about(picture) });
  whole.append(image);
  box.append(whole);
  if (picture.part) {
    const { x, y, w, h } = picture.part;
    const outline = Object.assign(root.createElement('span'), { className: 'outline' });
    Object.assign(outline.style, { left: `${100 * x}%`, top: `${100 * y}%`, width: `${100 * w}%`, height: `${100 * h}%` });
    whole.append(outline);
    const part = Object.assign(root.createElement('span'), { className: 'part', role: 'img', ariaLabel: 'The part that was looked at' });
    image.addEventListener('load', () => Object.assign(part.style, partOnly(picture.part, url, image.naturalWidth / image.naturalHeight)), { once: true });
    box.append(part);
  }
  return box;
}

export function about(picture) {
  return picture.alt || picture.prompt || (picture.kind === 'frame' ? 'What the camera showed' : 'A drawing');
}
