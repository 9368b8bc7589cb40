// Pictures on their way: chunks are put together, previews are replaced by better ones; pure. A picture is
//   { id, kind: 'drawing' | 'frame', prompt, found: [text], word, part: {x, y, w, h} or null, alt, state: 'coming' | 'done' | 'failed', reason,
//     shown: version or -1, mime, parts: [base64] of the shown version, arriving: { version, mime, parts, missing } or null }

const PICTURES = 24; // older ones are forgotten
const CHUNKS = 2048; // of one version; more is refused
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const MIMES = ['image/jpeg', 'image/png', 'image/webp'];

/** word: said when the frame was taken; part: what was pointed at or held in it, in fractions of the picture. */
export function nameSeen(pictures, { picture, found, word = '', part = null }) {
  return put(pictures, picture, (known) => ({ ...known, kind: 'frame', found, word, part: part && part.w > 0 && part.h > 0 ? part : null }));
}

/** The style of a box that shows only `part` of the picture at `url`. ratio: width to height of the whole picture. */
export function partOnly({ x, y, w, h }, url, ratio) {
  const place = (at, size) => (size < 1 ? `${(100 * at) / (1 - size)}%` : '0%');
  return {
    backgroundImage: `url("${url}")`,
    backgroundSize: `${100 / w}% ${100 / h}%`,
    backgroundPosition: `${place(x, w)} ${place(y, h)}`,
    aspectRatio: `${(w / h) * ratio}`,
  };
}

export function beginPicture(pictures, { picture, kind, prompt }) {
  return put(pictures, picture, (known) => ({ ...known, kind, prompt }));
}

export function addChunk(pictures, { picture, version, index, count, mime, data }) {
  return put(pictures, picture, (known) => {
    if (known.state === 'failed' || version < known.shown || version < (known.arriving?.version ?? 0)) return known;
    if (!MIMES.includes(mime) || !BASE64.test(data) || !(count >= 1 && count <= CHUNKS && index >= 0 && index < count))
      return { ...known, state: 'failed', reason: 'It arrived in a form this page cannot show.', arriving: null };
    const fresh = { version, mime, parts: Array(count).fill(null), missing: count };
    const arriving = known.arriving?.version === version && known.arriving.parts.length === count ? known.arriving : fresh;
    if (arriving.parts[index] !== null) return known;
    const parts = arriving.parts.with(index, data);
    if (arriving.missing > 1) return { ...known, arriving: { ...arriving, parts, missing: arriving.missing - 1 } };
    return { ...known, shown: version, mime, parts, arriving: null };
  });
}

export function finishPicture(pictures, { picture, version, alt }) {
  return put(pictures, picture, (known) =>
    known.shown === version
      ? { ...known, state: 'done', alt }
      : { ...known, state: 'failed', reason: 'A part of it was lost.', alt, arriving: null });
}

export function failPicture(pictures, { picture, reason }) {
  return put(pictures, picture, (known) => ({ ...known, state: 'failed', reason, arriving: null }));
}

/** The conversation is over: nothing more will arrive. */
export function abandon(pictures) {
  return pictures.map((known) => (known.state === 'coming' ? { ...known, state: 'failed', reason: 'It was not finished.', arriving: null } : known));
}

/** The encoded picture as bytes; each part is base64 of its own. */
export function bytes(parts) {
  return parts.map((part) => Uint8Array.from(atob(part), (letter) => letter.charCodeAt(0)));
}

function put(pictures, id, edit) {
  const index = pictures.findIndex((known) => known.id === id);
  const known = pictures[index] ?? { id, kind: 'drawing', prompt: '', found: [], word: '', part: null, alt: '', state: 'coming', reason: '', shown: -1, mime: '', parts: [], arriving: null };
  return index < 0 ? [...pictures, edit(known)].slice(-PICTURES) : pictures.with(index, edit(known));
}
