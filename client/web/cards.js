// Cards: what is better seen than heard. A card is { card, title, content }, as in the events; pure.

const CARDS = 12; // older ones go

export function showCard(cards, { card, title, content }) {
  const index = cards.findIndex((known) => known.card === card);
  const shown = { card, title, content };
  return index < 0 ? [...cards, shown].slice(-CARDS) : cards.with(index, shown);
}

export function hideCard(cards, { card }) {
  return cards.filter((known) => known.card !== card);
}

/** A countdown ends with its timer. */
export function endCountdown(cards, { name, rings_s }) {
  return cards.filter(({ content }) => content.kind !== 'countdown' || content.name !== name || content.rings_s !== rings_s);
}

/** A round number at or above `most`, for the end of an axis: 7.2 -> 8, 130 -> 150, 0 -> 1. */
export function roundUp(most) {
  if (!(most > 0)) return 1;
  const size = 10 ** Math.floor(Math.log10(most));
  return [1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10].find((step) => step * size >= most * (1 - 1e-9)) * size;
}

/** The span of values that an axis shows: always with 0, and round ends. */
export function axis(values) {
  const [low, high] = [Math.min(0, ...values), Math.max(0, ...values)];
  return { low: low < 0 ? -roundUp(-low) : 0, high: high > 0 || low === 0 ? roundUp(high) : 0 };
}

/** Slices of a pie: [{ path, share }], of radius 1 round 0,0, clockwise from the top. Values below 0 count as 0. */
export function slices(values) {
  const total = values.reduce((sum, value) => sum + Math.max(0, value), 0);
  let before = 0;
  return values.map((value) => {
    const share = total > 0 ? Math.max(0, value) / total : 0;
    const at = (part) => [Math.sin(2 * Math.PI * part), -Math.cos(2 * Math.PI * part)].map((x) => x.toFixed(4)).join(' ');
    const [from, to] = [before, before + share];
    before = to;
    const path = share > 0.9999 ? 'M0 -1A1 1 0 1 1 0 1A1 1 0 1 1 0 -1Z' : share === 0 ? '' : `M0 0L${at(from)}A1 1 0 ${share > 0.5 ? 1 : 0} 1 ${at(to)}Z`;
    return { path, share };
  });
}

/** 1234.5 -> "1,234.5": at most two digits after the point. */
export function written(value) {
  return Number(value).toLocaleString('en', { maximumFractionDigits: 2 });
}

/** What a screen reader is told when the card appears. */
export function summary({ title, content }) {
  switch (content.kind) {
    case 'list': return `${title}: ${content.items.map((item) => (item.done ? `${item.text}, done` : item.text)).join(', ') || 'empty'}.`;
    case 'table': return `${title}: a table with ${content.rows.length} rows.`;
    case 'chart': return `${title}: ${content.labels.map((label, index) => `${label} ${written(content.values[index])}${content.unit && ` ${content.unit}`}`).join(', ')}.`;
    case 'countdown': return `${title} is running.`;
    case 'quote': return `${title}: ${content.text}`;
    default: return title;
  }
}
