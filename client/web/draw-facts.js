// What is remembered about the visitor: asked for, shown, and erased one by one or all at once.

/** Returns draw(facts). box: where; allow(yes or no) and erase(one fact, or '' for all) tell the server; announce(text): a screen reader. */
export function drawFacts(box, { allow, erase }, announce) {
  let asked = ''; // what a screen reader was asked about
  const make = (tag, text, more = {}) => Object.assign(box.ownerDocument.createElement(tag), { textContent: text, ...more });
  const button = (name, text, act) => {
    const made = make('button', text, { type: 'button', className: name });
    made.addEventListener('click', act);
    return made;
  };

  function fact(text) {
    const item = make('li', '', { className: 'fact' });
    const cross = button('erase', '×', () => erase(text));
    cross.setAttribute('aria-label', `Forget: ${text}`);
    item.append(`${text} `, cross);
    return item;
  }

  return function draw(facts) {
    const { kept = [], waiting = [], allowed = null } = facts ?? {};
    const all = [...kept, ...waiting];
    const asking = allowed === null && waiting.length > 0;
    box.hidden = all.length === 0;
    const question = asking ? `May this be remembered? ${waiting.join(' ')}` : '';
    if (question && question !== asked) announce(question);
    asked = question;
    const list = make('ul', '');
    list.append(...all.map(fact));
    const rest = asking
      ? [button('allow', 'Remember', () => allow(true)), button('refuse', 'Do not', () => allow(false))]
      : all.length > 1 ? [button('refuse', 'Forget all', () => erase(''))] : [];
    box.replaceChildren(make('p', asking ? 'May this be remembered?' : 'Remembered about you'), list, ...rest);
  };
}
