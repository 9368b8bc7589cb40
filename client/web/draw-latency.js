// The latency strip: how long the last answer took to be heard, in its stages; all recent turns when opened.

import { stagesOf } from './presence.js';

const FULL_MS = 2000; // the whole width of the strip; a longer turn fills it

/** Returns draw(turns). details: the <details> element. */
export function drawLatency(details) {
  const root = details.ownerDocument;
  const summary = details.querySelector('summary');
  const list = details.querySelector('.turns');

  function bar(stages, full) {
    const svg = root.createElementNS('http://www.w3.org/2000/svg', 'svg');
    svg.setAttribute('viewBox', `0 0 ${full} 10`);
    svg.setAttribute('preserveAspectRatio', 'none');
    svg.setAttribute('aria-hidden', 'true');
    for (const { name, title, ms, took } of stages) {
      const part = root.createElementNS('http://www.w3.org/2000/svg', 'rect');
      const hint = root.createElementNS('http://www.w3.org/2000/svg', 'title');
      hint.textContent = `${title}: ${Math.round(ms)} ms`;
      for (const [key, value] of Object.entries({ class: name, x: Math.max(0, ms - took), width: took, height: 10 })) part.setAttribute(key, value);
      part.append(hint);
      svg.append(part);
    }
    return svg;
  }

  function total(stages) {
    const ms = root.createElement('span');
    ms.className = 'ms';
    ms.textContent = `${Math.round(stages.at(-1)?.ms ?? 0)} ms to answer`;
    return ms;
  }

  function legend(stages) {
    const items = stages.map(({ name, title, ms }) => {
      const item = root.createElement('li');
      const words = root.createElement('span');
      item.className = name;
      words.textContent = `${title} ${Math.round(ms)} ms`;
      item.append(words);
      return item;
    });
    const box = root.createElement('ul');
    box.className = 'legend';
    box.append(...items);
    return box;
  }

  return function draw(turns) {
    const measured = turns.map((turn) => ({ ...turn, stages: stagesOf(turn.stages) })).filter((turn) => turn.stages.length);
    details.hidden = measured.length === 0;
    if (!measured.length) return;
    const last = measured.at(-1);
    const full = Math.max(FULL_MS, ...measured.map((turn) => turn.stages.at(-1).ms));
    summary.dataset.reply = last.reply;
    summary.dataset.firstSoundMs = Math.round(last.stages.find((stage) => stage.name === 'first_sound')?.ms ?? last.stages.at(-1).ms);
    summary.replaceChildren(bar(last.stages, full), total(last.stages));
    list.replaceChildren(legend(last.stages), ...measured.toReversed().flatMap((turn) => [bar(turn.stages, full), total(turn.stages)]));
  };
}
