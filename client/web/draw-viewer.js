// One picture, large: a modal dialog (the browser keeps the focus in it, and Escape closes it) with what is on the picture,
// what can be done with it, and the way to the ones before and after it.

import { about, shown } from './draw-pictures.js';
import { formOf, said } from './pictures.js';

/** act: { say(text), stopDrawing(id) }. Returns { open(id), draw(items) }; items: see draw-pictures.js, in their order. */
export function drawViewer(root, act) {
  const viewer = root.querySelector('#viewer');
  const find = (selector) => viewer.querySelector(selector);
  const calm = root.defaultView.matchMedia('(prefers-reduced-motion: reduce)');
  let items = []; // those that can be shown
  let last = 0; // the id of the drawing that words like "it" mean
  let current = null; // id of the picture that is shown
  let filled = null; // the item it was filled from

  const at = () => items.findIndex(({ picture }) => picture.id === current);

  function fill() {
    const item = items[at()];
    if (!item) return void (viewer.open && viewer.close());
    fillTurns();
    if (item === filled) return;
    const { picture, url, links } = item;
    const same = filled?.picture.id === picture.id && filled.url === url && filled.links.webm === links.webm;
    if (!same) find('.shown').replaceWith(links.webm ? clip(picture, url, links.webm) : shown(root, picture, url));
    filled = item;
    find('.about').textContent = about(picture);
    find('.going').textContent = picture.state === 'coming' ? said(picture) : picture.state === 'failed' ? picture.reason : '';
    find('.found').replaceChildren(...picture.found.map((text) => Object.assign(root.createElement('li'), { textContent: text })));
    fillSaves(picture, url, links);
    const drawn = picture.kind === 'drawing';
    root.querySelector('#again').hidden = !drawn || picture.state === 'coming';
    root.querySelector('#move').hidden = picture.id !== last;
    root.querySelector('#stop-drawing').hidden = picture.kind === 'frame' || picture.state !== 'coming';
  }

  function fillTurns() {
    find('.before').hidden = at() === 0;
    find('.after').hidden = at() === items.length - 1;
  }

  /** A clip plays by itself, but for those who want things to keep still. */
  function clip(picture, poster, url) {
    const box = Object.assign(root.createElement('span'), { className: 'shown' });
    const video = Object.assign(root.createElement('video'), { src: url, poster, loop: true, muted: true, controls: true, playsInline: true, autoplay: !calm.matches });
    video.setAttribute('aria-label', about(picture));
    box.append(video);
    return box;
  }

  function fillSaves(picture, url, links) {
    const name = `visavis-${picture.kind}-${picture.id}`;
    const files = picture.kind === 'clip' ? Object.entries(links) : [[formOf(picture.mime), url], ...Object.entries(links)];
    const save = root.querySelector('#save');
    save.hidden = picture.state === 'coming' || !files.length;
    if (!files.length) return find('.forms').replaceChildren();
    const [[form, href], ...others] = files;
    Object.assign(save, { href, download: `${name}.${form}` });
    find('#save span').textContent = others.length ? `Save ${named(form)}` : 'Save';
    find('.forms').replaceChildren(...others.map(([other, link]) =>
      Object.assign(root.createElement('a'), { className: 'pill', href: link, download: `${name}.${other}`, textContent: named(other), ariaLabel: `Save ${named(other)}` })));
  }

  function turn(step) {
    const next = items[at() + step];
    if (!next) return;
    current = next.picture.id;
    fill();
    if (root.activeElement?.hidden || !viewer.contains(root.activeElement)) find('form button').focus(); // the arrow that was used up
  }

  function ask(words) {
    viewer.close();
    act.say(words);
  }

  find('.before').addEventListener('click', () => turn(-1));
  find('.after').addEventListener('click', () => turn(1));
  viewer.addEventListener('keydown', (event) => {
    if (event.target.matches('video')) return; // there they seek
    if (event.key === 'ArrowLeft') turn(-1);
    if (event.key === 'ArrowRight') turn(1);
  });
  viewer.addEventListener('close', () => {
    current = filled = null;
    find('.shown').replaceChildren(); // a clip stops
  });
  root.querySelector('#again').addEventListener('click', () => ask(current === last ? 'Draw it again.' : `Draw ${filled.picture.prompt}.`));
  root.querySelector('#move').addEventListener('click', () => ask('Make it move.'));
  root.querySelector('#stop-drawing').addEventListener('click', () => act.stopDrawing(current));

  return {
    open(id) {
      current = id;
      if (at() < 0) return;
      fill();
      viewer.showModal();
    },
    draw(all) {
      items = all.filter(({ url }) => url);
      last = items.findLast(({ picture }) => picture.kind === 'drawing' && picture.state === 'done')?.picture.id ?? 0;
      if (current !== null) fill();
    },
  };
}

function named(form) {
  return form === 'webm' ? 'WebM' : form.toUpperCase();
}
