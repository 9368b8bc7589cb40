// The picture book: the page that is being heard, with its picture; earlier pages can be looked at meanwhile. When the
// next page is heard, the book turns to it. After the end it can be saved as one file.

import { bytes } from './pictures.js';
import { icon } from './draw.js';

/** Returns draw(story, pictures). book: the element; place(path): the address of something at the server. */
export function drawStory(book, place) {
  const root = book.ownerDocument;
  const find = (selector) => book.querySelector(selector);
  const urls = new Map(); // picture id -> { parts, url }
  let story = null;
  let pictures = [];
  let looking = -1; // page that is looked at
  let heard = -1;
  let opened = false; // by the reader, after it was folded

  function urlOf(id) {
    const picture = pictures.find((known) => known.id === id);
    if (!picture?.parts.length) return null;
    const known = urls.get(id);
    if (known?.parts === picture.parts) return { picture, url: known.url };
    if (known) URL.revokeObjectURL(known.url);
    const url = URL.createObjectURL(new Blob(bytes(picture.parts), { type: picture.mime }));
    urls.set(id, { parts: picture.parts, url });
    return { picture, url };
  }

  function turn(by) {
    opened = true;
    looking = Math.min(Math.max(looking + by, 0), story.pages.length - 1);
    fill();
  }

  function fill() {
    const page = story.pages[looking];
    const shown = page && urlOf(page.picture);
    const image = find('img');
    find('.page').classList.toggle('blank', !shown);
    image.hidden = !shown;
    if (shown && image.src !== shown.url) Object.assign(image, { src: shown.url, alt: shown.picture.alt });
    book.classList.toggle('folded', story.folded && !opened);
    find('.text').textContent = page?.text ?? '';
    find('.title').textContent = story.title;
    find('.number').textContent = page ? `${looking + 1} of ${story.count}` : '';
    find('.back').disabled = looking <= 0;
    find('.open').hidden = !book.classList.contains('folded');
    find('.on').disabled = looking >= Math.max(heard, story.finished ? story.pages.length - 1 : 0);
    const save = find('a');
    save.hidden = !story.book;
    if (story.book) Object.assign(save, { href: place(`${story.book}.html`), download: `${story.title}.html` });
  }

  find('.back').append(icon(root, 'i-before'));
  find('.on').append(icon(root, 'i-after'));
  find('.back').addEventListener('click', () => turn(-1));
  find('.on').addEventListener('click', () => turn(1));
  find('.open').addEventListener('click', () => turn(0));
  book.addEventListener('keydown', (event) => {
    if (event.key === 'ArrowLeft') turn(-1);
    if (event.key === 'ArrowRight' && !find('.on').disabled) turn(1);
  });

  return function draw(newStory, newPictures) {
    if (newStory?.number !== story?.number) {
      for (const { url } of urls.values()) URL.revokeObjectURL(url);
      urls.clear();
      looking = heard = -1;
    }
    const before = story;
    [story, pictures] = [newStory, newPictures];
    book.hidden = !story || story.heard < 0;
    if (book.hidden) return;
    if (story.heard !== heard) looking = heard = story.heard;
    if (!before?.folded && story.folded) opened = false;
    fill();
  };
}
