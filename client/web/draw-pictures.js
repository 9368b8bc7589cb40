// The pictures strip and the enlarged picture. Previews are replaced as they sharpen; a frame that was looked at says
// what was found in it, and beside it the part that was pointed at or held up.

import { icon } from './draw.js';
import { bytes, partOnly } from './pictures.js';

/** Returns draw(pictures). */
export function drawPictures(root) {
  const strip = root.querySelector('#pictures');
  const viewer = root.querySelector('#viewer');
  const items = new Map(); // picture id -> { item, picture, url }
  let enlarged = null;

  function create(picture) {
    const item = root.createElement('li');
    const button = Object.assign(root.createElement('button'), { type: 'button' });
    button.addEventListener('click', () => enlarge(picture.id));
    item.dataset.picture = picture.id;
    item.append(button);
    strip.append(item);
    return item;
  }

  function fill(item, picture, url) {
    item.dataset.kind = picture.kind;
    item.dataset.state = picture.state;
    const button = item.firstChild;
    button.disabled = !url;
    button.setAttribute('aria-label', `Enlarge: ${about(picture)}${picture.part ? ', and the part that was looked at' : ''}`);
    if (picture.state === 'failed' && !url) return button.replaceChildren(`No picture. ${picture.reason}`);
    button.replaceChildren(...(url ? [shown(picture, url)] : []), tag(picture));
  }

  /** The picture; of one that was looked at in part, the part in a frame and by itself. */
  function shown(picture, url) {
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

  function tag(picture) {
    const box = root.createElement('span');
    const words = root.createElement('span');
    box.className = 'tag';
    if (picture.kind === 'frame') {
      box.append(icon(root, 'i-eye'));
      words.textContent = picture.found.join(', ') || (picture.word ? `At “${picture.word}”` : 'Looked at');
    } else words.textContent = { coming: 'Drawing…', done: picture.prompt, failed: 'Not finished' }[picture.state];
    box.append(words);
    return words.textContent ? box : '';
  }

  function enlarge(id) {
    const { picture, url } = items.get(id);
    if (!url) return;
    enlarged = id;
    fillViewer(picture, url);
    if (!viewer.open) viewer.showModal();
  }

  function fillViewer(picture, url) {
    viewer.querySelector('.shown').replaceWith(shown(picture, url));
    viewer.querySelector('.about').textContent = about(picture);
    viewer.querySelector('.found').replaceChildren(...picture.found.map((text) => Object.assign(root.createElement('li'), { textContent: text })));
    const suffix = picture.mime.split('/')[1].replace('jpeg', 'jpg');
    Object.assign(root.querySelector('#save'), { href: url, download: `visavis-${picture.kind}-${picture.id}.${suffix}` });
  }

  return function draw(pictures) {
    const known = new Set(pictures.map((picture) => picture.id));
    for (const [id, { item, url }] of items) {
      if (known.has(id)) continue;
      item.remove();
      if (url) URL.revokeObjectURL(url);
      items.delete(id);
      if (enlarged === id) viewer.close();
    }
    for (const picture of pictures) {
      const before = items.get(picture.id);
      if (before?.picture === picture) continue;
      const item = before?.item ?? create(picture);
      let url = before?.url ?? '';
      if (picture.parts !== before?.picture.parts && picture.parts.length) {
        if (url) URL.revokeObjectURL(url);
        url = URL.createObjectURL(new Blob(bytes(picture.parts), { type: picture.mime }));
      }
      items.set(picture.id, { item, picture, url });
      // A chunk that completes nothing changes nothing to be seen.
      if (!before || url !== before.url || picture.state !== before.picture.state || picture.found !== before.picture.found || picture.part !== before.picture.part || picture.kind !== before.picture.kind) {
        fill(item, picture, url);
        if (!before) strip.scrollLeft = strip.scrollWidth;
        if (enlarged === picture.id && viewer.open && url) fillViewer(picture, url);
      }
    }
    strip.hidden = pictures.length === 0;
  };
}

function about(picture) {
  return picture.alt || picture.prompt || (picture.kind === 'frame' ? 'What the camera showed' : 'A drawing');
}
