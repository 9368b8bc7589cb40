// Cards beside the conversation: lists, tables, charts, countdowns and quotes, each with a button to close it.

import { axis, slices, summary, written } from './cards.js';
import { countdown } from './presence.js';

const SVG = 'http://www.w3.org/2000/svg';
const [WIDE, HIGH, LEFT, BELOW] = [320, 190, 44, 26]; // of a chart, and of the space for its labels

/** Returns draw(cards). box: where; close(card) and cancel(timer) tell the server; announce(text): a screen reader. */
export function drawCards(box, { close, cancel }, announce) {
  const root = box.ownerDocument;
  const items = new Map(); // card -> { item, shown }
  const make = (tag, text = '', more = {}) => Object.assign(root.createElement(tag), { textContent: text, ...more });
  const draw = (tag, attributes, text = '') => {
    const made = root.createElementNS(SVG, tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    made.textContent = text;
    return made;
  };

  const contents = {
    list({ items: things, ordered }) {
      const list = make(ordered ? 'ol' : 'ul');
      list.append(...things.map(({ text, done }) => {
        const item = make('li', text);
        item.classList.toggle('done', done);
        if (done) item.append(make('span', ' (done)', { className: 'unseen' }));
        return item;
      }));
      return things.length ? list : make('p', 'Nothing is on it.', { className: 'empty' });
    },
    table({ columns, rows }) {
      const table = make('table');
      const head = table.createTHead().insertRow();
      head.append(...columns.map((text) => make('th', text, { scope: 'col' })));
      const body = table.createTBody();
      for (const row of rows) body.insertRow().append(...row.map((text, index) => (index ? make('td', text) : make('th', text, { scope: 'row' }))));
      return table;
    },
    chart(content) {
      const box = make('div');
      const chart = (content.form === 'pie' ? pie : plot)(content);
      chart.setAttribute('role', 'img');
      chart.setAttribute('aria-label', summary({ title: `A ${content.form} chart`, content }));
      box.append(chart);
      if (content.form === 'pie') box.append(legend(content));
      return box;
    },
    countdown(content) {
      const box = make('div');
      const bar = make('progress', '', { max: Math.max(content.length_s, 0.001), value: 0 });
      bar.setAttribute('aria-label', 'Time gone by');
      const button = make('button', 'Cancel', { type: 'button', className: 'cancel' });
      button.setAttribute('aria-label', `Cancel: ${content.name}`);
      button.addEventListener('click', () => cancel(content));
      Object.assign(box.dataset, { rings: content.rings_s, length: content.length_s });
      box.append(make('time', countdown(content.length_s)), bar, button);
      return box;
    },
    quote({ text, document, heading }) {
      const box = make('figure');
      box.append(make('blockquote', text), make('figcaption', [document, heading].filter(Boolean).join(' · ')));
      return box;
    },
  };

  function plot({ form, labels, values, unit }) {
    const { low, high } = axis(values);
    const chart = draw('svg', { viewBox: `0 0 ${WIDE} ${HIGH}` });
    const y = (value) => 10 + ((high - value) / (high - low)) * (HIGH - BELOW - 10);
    const step = (WIDE - LEFT) / Math.max(values.length, 1);
    const x = (index) => LEFT + step * (index + 0.5);
    for (const value of [...new Set([low, 0, (low + high) / 2, high])]) {
      chart.append(draw('line', { x1: LEFT, x2: WIDE, y1: y(value), y2: y(value), class: value === 0 ? 'zero' : 'grid' }));
      chart.append(draw('text', { x: LEFT - 6, y: y(value) + 4, 'text-anchor': 'end' }, written(value)));
    }
    if (form === 'line') chart.append(draw('polyline', { points: values.map((value, index) => `${x(index)},${y(value)}`).join(' '), class: 'curve' }));
    values.forEach((value, index) => {
      const [top, bottom] = [Math.min(y(value), y(0)), Math.max(y(value), y(0))];
      const mark = form === 'line'
        ? draw('circle', { cx: x(index), cy: y(value), r: 3.5, class: 'dot' })
        : draw('rect', { x: x(index) - step * 0.34, y: top, width: step * 0.68, height: Math.max(1, bottom - top), rx: Math.min(4, step * 0.1), class: 'bar' });
      mark.append(draw('title', {}, `${labels[index]}: ${written(value)}${unit && ` ${unit}`}`));
      chart.append(mark);
      if (values.length <= 8) chart.append(draw('text', { x: x(index), y: (value < 0 && form !== 'line' ? bottom + 13 : top - 5), 'text-anchor': 'middle', class: 'value' }, written(value)));
      if (values.length <= 8 || index % Math.ceil(values.length / 8) === 0)
        chart.append(draw('text', { x: x(index), y: HIGH - 8, 'text-anchor': 'middle' }, shortened(labels[index], Math.max(3, Math.floor(step / 6.5)))));
    });
    if (unit) chart.append(draw('text', { x: WIDE, y: 8, 'text-anchor': 'end' }, unit));
    return chart;
  }

  function pie({ labels, values, unit }) {
    const chart = draw('svg', { viewBox: '-1.05 -1.05 2.1 2.1', class: 'pie' });
    slices(values).forEach(({ path, share }, index) => {
      if (!path) return;
      const slice = draw('path', { d: path, class: `hue-${index % 8}` });
      slice.append(draw('title', {}, `${labels[index]}: ${written(values[index])}${unit && ` ${unit}`}, ${Math.round(100 * share)} %`));
      chart.append(slice);
    });
    return chart;
  }

  function legend({ labels, values, unit }) {
    const list = make('ul', '', { className: 'legend' });
    list.append(...labels.map((label, index) => {
      const item = make('li', `${label}: ${written(values[index])}${unit && ` ${unit}`}`);
      item.classList.add(`hue-${index % 8}`);
      return item;
    }));
    return list;
  }

  function fill(item, { card, title, content }) {
    item.dataset.kind = content.kind;
    const button = make('button', '×', { type: 'button', className: 'erase' });
    button.setAttribute('aria-label', `Close: ${title}`);
    button.addEventListener('click', () => close(card));
    const head = make('h3', title, { id: `card-${card}` });
    item.setAttribute('aria-labelledby', head.id);
    const known = contents[content.kind];
    item.replaceChildren(head, button, known ? known(content) : make('p', 'This page is too old for this card: reload it.'));
  }

  return function drawAll(cards) {
    const known = new Set(cards.map(({ card }) => card));
    for (const [card, { item }] of items) {
      if (known.has(card)) continue;
      item.remove();
      items.delete(card);
    }
    for (const shown of cards) {
      const before = items.get(shown.card);
      if (before?.shown === shown) continue;
      const item = before?.item ?? make('article');
      item.dataset.card = shown.card;
      fill(item, shown);
      if (!before) box.append(item);
      items.set(shown.card, { item, shown });
      announce(summary(shown));
      item.scrollIntoView?.({ block: 'nearest', inline: 'nearest' });
    }
    box.hidden = cards.length === 0;
  };
}

/** The rest of every countdown at session time `at`. */
export function drawCountdownCards(root, at) {
  for (const box of root.querySelectorAll('#cards [data-rings]')) {
    const left = Math.max(0, box.dataset.rings - at);
    const text = left > 0 ? countdown(left) : 'now';
    const time = box.querySelector('time');
    if (time.textContent !== text) time.textContent = text;
    box.querySelector('progress').value = Math.max(0, box.dataset.length - left);
  }
}

function shortened(text, most) {
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}
