// The captions: one list item per line, one span per written word. A screen reader may be told each line, when it is final.

import { align } from './lines.js';

const NEAR_END = 80; // pixels from the end within which the list follows what is said

/** Returns draw(lines). list: the <ol>; announce(text): tells a screen reader, see announce.js. */
export function drawCaptions(list, announce) {
  const items = new Map(); // line id -> { item, line }
  let following = true;
  let top = 0;
  /** To the end, or of something long to the word that is being said. */
  const follow = () => {
    if (!following) return;
    const word = list.querySelector('.word.spoken');
    const down = word ? word.getBoundingClientRect().bottom - list.getBoundingClientRect().top + list.clientHeight * 0.4 : Infinity;
    list.scrollTop = word ? list.scrollTop + down - list.clientHeight : list.scrollHeight;
    top = list.scrollTop;
  };
  list.addEventListener('scroll', () => {
    // Only the reader turns away from the end; a list that grew or shrank has not been scrolled up.
    if (list.scrollTop < top || !following) following = list.scrollHeight - list.scrollTop - list.clientHeight < NEAR_END;
    top = list.scrollTop;
  });
  new ResizeObserver(follow).observe(list);

  function create(line) {
    const item = list.ownerDocument.createElement('li');
    item.dataset.who = line.who;
    item.dir = 'auto'; // whichever script is written
    list.append(item);
    return item;
  }

  function fill(item, line, before) {
    item.dataset.state = line.state;
    if (line.who === 'user') item.textContent = line.text;
    else if (!line.text) item.replaceChildren(dots(item.ownerDocument));
    else {
      if (line.text !== before?.text || !before) item.replaceChildren(...spans(item.ownerDocument, line.text));
      mark(item, line);
      cite(item, line.source);
    }
  }

  return function draw(lines) {
    const known = new Set(lines.map((line) => line.id));
    for (const [id, { item }] of items) {
      if (known.has(id)) continue;
      item.remove();
      items.delete(id);
    }
    for (const line of lines) {
      const entry = items.get(line.id);
      if (entry?.line === line) continue;
      const item = entry?.item ?? create(line);
      fill(item, line, entry?.line);
      if (line.state !== entry?.line.state) say(announce, line);
      items.set(line.id, { item, line });
    }
    follow();
  };
}

function spans(root, text) {
  return text.split(/\s+/).filter(Boolean).flatMap((token) => {
    const span = root.createElement('span');
    span.className = 'word';
    span.textContent = token;
    return [span, ' '];
  });
}

/** Mark the words that were heard, the one being spoken and those that were cut off. */
function mark(item, line) {
  const words = [...item.querySelectorAll('.word')];
  const places = align(words.map((span) => span.textContent), line.words);
  const now = line.spoken >= 0 ? places[line.spoken] ?? -1 : -1;
  const heard = line.heard === null ? Infinity : line.heard === 0 ? -1 : places[line.heard - 1] ?? Infinity;
  words.forEach((span, index) => {
    span.classList.toggle('past', index < now);
    span.classList.toggle('spoken', index === now);
    span.classList.toggle('unheard', index > heard);
  });
}

/** Name the document that the words were taken from, once; its sentence as it stands there is the tooltip. */
function cite(item, source) {
  if (!source || item.querySelector('cite')) return;
  const cited = item.ownerDocument.createElement('cite');
  cited.textContent = [source.document, source.heading].filter(Boolean).join(' · ');
  cited.title = source.quote;
  item.append(cited);
}

function say(announce, line) {
  const heard = line.state === 'cut' ? line.words.slice(0, line.heard).join(' ') : line.text;
  if (line.who === 'user' && line.state === 'final') announce(`You: ${heard}`);
  if (line.state === 'said' || (line.state === 'cut' && heard)) announce(`visavis: ${heard}`);
}

function dots(root) {
  const box = root.createElement('span');
  box.className = 'waiting-dots';
  box.append(...[1, 2, 3].map(() => root.createElement('i')));
  return box;
}
