// What the pages can do besides being read: look for events, and copy examples. Without it everything is still there.

const search = document.getElementById('search');
if (search !== null) {
  const found = document.getElementById('found');
  const cards = [...document.querySelectorAll('.card')].map((card) => {
    const fields = [...card.querySelectorAll('.chips li')].map((chip) => ({
      chip,
      name: chip.textContent.toLowerCase(),
    }));
    return { card, fields, words: `${card.dataset.words} ${fields.map(({ name }) => name).join(' ')}` };
  });
  // Only where there is a keyboard, as far as a page can know.
  const hint = matchMedia('(hover: hover)').matches ? 'Press / to search.' : '';
  const show = () => {
    const wanted = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    for (const { card, fields, words } of cards) {
      card.hidden = !wanted.every((word) => words.includes(word));
      if (!card.hidden) count += 1;
      for (const { chip, name } of fields)
        chip.classList.toggle(
          'hit',
          wanted.some((word) => name.includes(word)),
        );
    }
    for (const owner of document.querySelectorAll('.owner')) {
      owner.hidden = owner.querySelector('.card:not([hidden])') === null;
    }
    if (wanted.length === 0) found.textContent = hint;
    else if (count === 0) found.textContent = 'Nothing is found. Try fewer or shorter words.';
    else found.textContent = `${count} of ${cards.length} ${cards.length === 1 ? 'event' : 'events'}`;
  };
  search.parentElement.hidden = false;
  search.addEventListener('input', show);
  search.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape') return;
    search.value = '';
    show();
  });
  document.addEventListener('keydown', (event) => {
    if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey || event.target === search) return;
    event.preventDefault();
    search.focus();
  });
  // A browser that comes back to the page has filled in the old words.
  globalThis.addEventListener('pageshow', show);
  show();
}

for (const figure of document.querySelectorAll('.json')) {
  const caption = figure.querySelector('figcaption');
  const text = figure.querySelector('pre');
  const button = document.createElement('button');
  button.type = 'button';
  button.textContent = 'Copy';
  button.setAttribute('aria-label', `Copy: ${caption.textContent}`);
  const copy = async () => {
    button.textContent = await copied(text);
    setTimeout(() => (button.textContent = 'Copy'), 2000);
  };
  button.addEventListener('click', () => void copy());
  caption.append(button);
}

async function copied(text) {
  try {
    await navigator.clipboard.writeText(text.textContent);
    return 'Copied';
  } catch {
    // Where the clipboard is not to be had, what is selected can be copied by hand.
    getSelection().selectAllChildren(text);
    return 'Selected';
  }
}
