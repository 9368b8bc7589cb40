// Pictures on their way: chunks are put together, previews are replaced by better ones; pure. A picture is
//   { id, kind: 'drawing' | 'frame' | 'clip', prompt, of: id or 0, found: [text], word, part: {x, y, w, h} or null, alt, state: 'coming' | 'done' | 'failed', reason,
//     before: pictures of others that come first, progress: 0 to 1, url, forms: [form] to be had there, files: { form: Blob } fetched from there,
//     shown: version or -1, mime, parts: [base64] of the shown version, arriving: { version, mime, parts, missing } or null }

const PICTURES = 24; // older ones are forgotten
const CHUNKS = 2048; // of one version; more is refused
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const FORMS = ['png', 'jpg', 'svg', 'webm', 'gif'];
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

export function beginPicture(pictures, { picture, kind, prompt, of = 0 }) {
  return put(pictures, picture, (known) => ({ ...known, kind, prompt, of }));
}

export function goOn(pictures, { picture, before, done }) {
  return put(pictures, picture, (known) => (known.state === 'coming' ? { ...known, before, progress: Math.max(known.progress, Math.min(done, 1)) } : known));
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

export function finishPicture(pictures, { picture, version, alt, url = '', forms = [] }) {
  return put(pictures, picture, (known) =>
    known.shown === version
      ? { ...known, state: 'done', alt, url, forms, progress: 1 }
      : { ...known, state: 'failed', reason: 'A part of it was lost.', alt, arriving: null });
}

export function failPicture(pictures, { picture, reason }) {
  return put(pictures, picture, (known) => ({ ...known, state: 'failed', reason, arriving: null }));
}

/** A file of it has been fetched; nothing happens to a picture that is not shown any more. */
export function keepFile(pictures, { picture, form, blob }) {
  return pictures.map((known) => (known.id === picture ? { ...known, files: { ...known.files, [form]: blob } } : known));
}

/** The forms of a finished picture that are to be fetched from its address: what is shown is here already, but a clip's chunks are only its first picture. */
export function formsToFetch({ kind, state, mime, url, forms }) {
  if (state !== 'done' || !url) return [];
  return forms.filter((form) => FORMS.includes(form) && (kind === 'clip' || form !== formOf(mime)));
}

export function formOf(mime) {
  return mime.split('/')[1].replace('jpeg', 'jpg');
}

/** What is happening to it, or what it is, in a few words for its tile. */
export function said({ kind, state, before, prompt, alt, found, word }) {
  if (kind === 'frame') return found.join(', ') || (word ? `At “${word}”` : 'Looked at');
  if (state === 'failed') return 'Not finished';
  if (state === 'done') return kind === 'clip' ? alt : prompt;
  if (before > 0) return before === 1 ? 'One other first' : `${before} others first`;
  return kind === 'clip' ? 'Making it move…' : 'Drawing…';
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
  const known = pictures[index] ?? { id, kind: 'drawing', prompt: '', of: 0, before: 0, progress: 0, url: '', forms: [], files: {}, found: [], word: '', part: null, alt: '', state: 'coming', reason: '', shown: -1, mime: '', parts: [], arriving: null };
  return index < 0 ? [...pictures, edit(known)].slice(-PICTURES) : pictures.with(index, edit(known));
}
