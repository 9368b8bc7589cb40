// What a screen reader is told: short news, each once. Whoever hears the assistant's voice is not told its words again;
// they are told where the voice cannot be heard, and to whoever wants them (a braille display shows them).

const KEPT = 4; // pieces of news; older ones have been read
const KEY = 'visavis.captions';

/** Returns announce(text). log: the live region; what is added to it is read, what was there is not. */
export function announcer(log) {
  return (text) => {
    log.append(Object.assign(log.ownerDocument.createElement('p'), { textContent: text }));
    while (log.children.length > KEPT) log.firstChild.remove();
  };
}

/** Whether the captions are to be told in any case. */
export function captionsWanted(storage = localStorage) {
  try {
    return storage.getItem(KEY) === 'yes';
  } catch {
    return false; // the browser keeps nothing for this page
  }
}

export function wantCaptions(wanted, storage = localStorage) {
  try {
    storage.setItem(KEY, wanted ? 'yes' : 'no');
  } catch {
    // for as long as the box is ticked
  }
}
