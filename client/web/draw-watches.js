// What the camera is watched for, and a button to end each watch.

import { icon } from './draw.js';

/** Returns draw(watches). list: where; end(number) tells the server. */
export function drawWatches(list, end) {
  const root = list.ownerDocument;
  const words = (what) => Object.assign(root.createElement('span'), { className: 'words', textContent: `When ${what}`, title: `I’ll tell you when ${what}` });

  return function draw(watches) {
    list.hidden = watches.length === 0;
    list.replaceChildren(...watches.map(({ watch, what }) => {
      const item = root.createElement('li');
      const button = Object.assign(root.createElement('button'), { type: 'button', className: 'erase', textContent: '×' });
      button.setAttribute('aria-label', `Stop watching: ${what}`);
      button.addEventListener('click', () => end(watch));
      item.dataset.watch = watch;
      item.append(icon(root, 'i-eye'), words(what), button);
      return item;
    }));
  };
}
