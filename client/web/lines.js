// The captions of both sides, as a list of lines; pure. A line is
//   { id, who: 'user', text, state: 'partial' | 'final' | 'dropped' | 'unsent' }
//   { id, who: 'assistant', text, words: [text], spoken: index or -1, heard: words heard or null,
//     source: { document, heading, quote } it was taken from, or null, state: 'waiting' | 'speaking' | 'held' | 'cut' | 'said' }

const UNDER_WAY = ['waiting', 'speaking', 'held'];
const LINES = 200; // older ones are forgotten

export function fromHistory(history) {
  return history.slice(-LINES).map(({ who, text }, index) =>
    who === 'user' ? userLine(`h${index}`, text, 'final') : { ...replyLine(`h${index}`), text, state: 'said' });
}

/** What was written while there is no line. */
export function unsentLines(texts) {
  return texts.map((text, index) => userLine(`w${index}`, text, 'unsent'));
}

export function hearUser(lines, { utterance, text }) {
  return text ? put(lines, userLine(`u${utterance}`, text, 'partial')) : lines;
}

/** Typed text belongs to no utterance and gets a line of its own; words that go on with an earlier line replace it. */
export function finishUser(lines, { at, utterance, text, typed, joins }) {
  return put(lines.filter(({ id }) => id !== `u${joins}`), userLine(typed ? `t${at}` : `u${utterance}`, text, 'final'));
}

/** An utterance without words leaves nothing; a murmur stays, faintly. One that was already taken stays as it is. */
export function dropUser(lines, { utterance }) {
  const id = `u${utterance}`;
  return lines.map((line) => (line.id === id && line.state === 'partial' ? { ...line, state: 'dropped' } : line));
}

export function startReply(lines, { reply }) {
  return put(lines, replyLine(`r${reply}`));
}

/** The document that a reply quotes. */
export function citeSource(lines, { reply, document, heading, quote }) {
  return change(lines, reply, (line) => ({ ...line, source: { document, heading, quote } }));
}

export function sayClause(lines, { reply, text, words }) {
  return change(lines, reply, (line) => ({
    ...line,
    text: [line.text, text].filter(Boolean).join(' '),
    words: [...line.words, ...words.map((word) => word.text)],
  }));
}

export function sayWord(lines, { reply, index }) {
  return change(lines, reply, (line) => ({ ...line, spoken: index, state: line.state === 'held' ? 'held' : 'speaking' }));
}

export function heldReply(lines, { reply }, held) {
  return change(lines, reply, (line) => ({ ...line, state: held ? 'held' : line.spoken < 0 ? 'waiting' : 'speaking' }));
}

export function cutReply(lines, { reply, heard }) {
  const count = tokens(heard).length;
  return change(lines, reply, (line) => ({ ...line, state: 'cut', heard: count, spoken: -1 }))
    .filter((line) => line.id !== `r${reply}` || (line.text && count));
}

export function endReply(lines, { reply, text }) {
  return change(lines, reply, (line) => ({ ...line, text: line.text || text, state: 'said', spoken: -1 }))
    .filter((line) => line.id !== `r${reply}` || line.text);
}

/** Lines after the conversation broke off: nothing is in progress any more. */
export function settle(lines) {
  return lines
    .filter((line) => line.state !== 'partial' && (line.text || line.state !== 'waiting'))
    .map((line) => (UNDER_WAY.includes(line.state) ? { ...line, state: 'said', spoken: -1 } : line));
}

/**
 * Lines after the conversation went on: of a reply that broke off, what was heard of it is in the history, and what the
 * server still has to say of it comes again. Null if the history knows of more than these lines.
 */
export function resume(lines, history) {
  const heard = tokens(history.findLast(({ who }) => who === 'assistant')?.text ?? '');
  const known = lines.flatMap((line) => {
    if (!UNDER_WAY.includes(line.state)) return [line];
    const all = tokens(line.text);
    if (!heard.length || !heard.every((token, index) => token === all[index])) return [];
    return [heard.length < all.length ? { ...line, text: heard.join(' '), words: [] } : line];
  });
  const settled = settle(known);
  return settled.filter((line) => line.state !== 'dropped').length >= history.length ? settled : null;
}

function tokens(text) {
  return text.split(/\s+/).filter(Boolean);
}

/**
 * Where the spoken words lie in the written text: for each word the index of its written token.
 * A voice may speak "$5" as two words or leave out a dash, so both lists are walked together.
 */
export function align(tokens, words) {
  const plain = (text) => text.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '');
  const written = tokens.map(plain);
  let next = 0;
  return words.map((word) => {
    const spoken = plain(word);
    const found = written.indexOf(spoken, next);
    if (found >= 0 && found - next <= 4) next = found + 1;
    else if (!written[next - 1]?.includes(spoken) || !spoken) next = Math.min(next + 1, tokens.length);
    return Math.max(0, next - 1);
  });
}

function userLine(id, text, state) {
  return { id, who: 'user', text, state };
}

function replyLine(id) {
  return { id, who: 'assistant', text: '', words: [], spoken: -1, heard: null, source: null, state: 'waiting' };
}

function put(lines, line) {
  const index = lines.findIndex((known) => known.id === line.id);
  return index < 0 ? [...lines, line].slice(-LINES) : lines.with(index, line);
}

function change(lines, reply, edit) {
  const index = lines.findIndex((line) => line.id === `r${reply}` && !['cut', 'said'].includes(line.state));
  return index < 0 ? lines : lines.with(index, edit(lines[index]));
}
