// The page of the preview: a list of notes, one card in some views, and what is wrong with it.
// Everything that a deck says reaches this page as text (`textContent`), never as HTML: cards are pages of
// their own, in frames that run no script.

const $ = id => document.getElementById(id);
const FRAME_VIEWS = {light: "Light", night: "Night", phone: "Phone, 360 px"};

let latest = 0;                      // version of what is shown
let state = {decks: [], problems: []};
let notes = new Map();               // by id, in study order
let shown = {id: null, card: 0, answer: false};
let visible = [];                    // ids that pass the filters
let views = new Set(["light"]);

// ---- What is shown -------------------------------------------------------------------------------------

function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

function cardUrl(view) {
  const night = view === "night" ? 1 : 0;
  const side = shown.answer ? "answer" : "question";
  return `/card?${new URLSearchParams({note: shown.id, card: shown.card, side, night, version: latest})}`;
}

function showCard() {
  if (showDetails()) showFrames();
}

// All about the card but the frames; returns whether there is a card to be shown in them
function showDetails() {
  const note = notes.get(shown.id);
  const cards = note ? note.cards : [];
  const before = shown.card;
  if (note && !cards.some(([number]) => number === shown.card)) shown.card = cards.length ? cards[0][0] : 0;
  $("empty").hidden = cards.length > 0;
  $("empty").textContent = !note ? "No note is chosen." : "This note makes no card.";
  $("frames").hidden = cards.length === 0;
  $("turn").textContent = shown.answer ? "Show question" : "Show answer";
  $("copy").textContent = note ? note.place : "";
  $("copy").hidden = $("edit").hidden = !note;
  $("cards").replaceChildren(...cards.map(([number, name]) => {
    const tab = element("button", {type: "button", textContent: name, onclick: () => open(shown.id, number)});
    tab.setAttribute("aria-pressed", String(number === shown.card));
    return tab;
  }));
  $("cards").hidden = cards.length < 2;
  showFindings(note);
  history.replaceState(null, "", note ? `#${encodeURIComponent(note.id)}/${shown.card}${shown.answer ? "/answer" : ""}` : "#");
  if (cards.length && shown.card !== before) showFrames();  // the card that was shown has gone
  return cards.length > 0;
}

function showFindings(note) {
  const blocks = note ? note.findings.map(finding) : [];
  if (note && note.stale && note.findings.length)
    blocks.push(element("p", {className: "still", textContent: "Below is the card as it was before the mistake."}));
  $("findings").replaceChildren(...blocks);
}

function finding({severity, text}) {
  const block = element("pre", {className: `finding ${severity}`, textContent: text});
  block.tabIndex = 0;  // it scrolls
  return block;
}

function showFrames() {
  const wanted = ["light", "night", "phone", "paper"].filter(view => views.has(view));
  const present = new Map([...$("frames").children].map(figure => [figure.dataset.view, figure]));
  for (const [view, figure] of present) if (!views.has(view)) figure.remove();
  wanted.forEach((view, place) => {
    let figure = present.get(view);
    if (!figure) {
      figure = view === "paper" ? paperFigure() : frameFigure(view);
      $("frames").insertBefore(figure, $("frames").children[place] || null);
    }
    if (view === "paper") showPaper(figure); else load(figure.querySelector("iframe"), cardUrl(view));
  });
}

function frameFigure(view) {
  const frame = element("iframe", {title: `Card: ${FRAME_VIEWS[view]}`});
  frame.setAttribute("sandbox", "allow-same-origin");
  frame.addEventListener("load", () => loaded(frame));
  const figure = element("figure", {}, element("figcaption", {textContent: FRAME_VIEWS[view]}), frame);
  figure.dataset.view = view;
  return figure;
}

function load(frame, url) {
  frame.dataset.url = url;
  if (frame.contentWindow && frame.src) frame.contentWindow.location.replace(url);  // adds nothing to the history
  else frame.src = url;
}

function loaded(frame) {
  const page = frame.contentDocument;
  if (!page || !page.body || page.URL === "about:blank") return;
  page.addEventListener("click", clicked);
  page.addEventListener("keydown", pressed);
  page.addEventListener("toggle", () => measure(frame), true);
  new ResizeObserver(() => measure(frame)).observe(page.body);
  measure(frame);
  // Once it is painted: this is when the author sees it
  requestAnimationFrame(() => setTimeout(() =>
    document.dispatchEvent(new CustomEvent("card-shown", {detail: {url: frame.dataset.url, time: Date.now()}}))));
}

function measure(frame) {
  const page = frame.contentDocument;
  if (!page || !page.body) return;
  const style = frame.contentWindow.getComputedStyle(page.body);
  const height = page.body.offsetHeight + parseFloat(style.marginTop) + parseFloat(style.marginBottom);
  frame.style.height = `${Math.max(200, Math.ceil(height) + 4)}px`;
}

function clicked(event) {
  const link = event.target.closest("a[href]");
  if (link) {  // a frame goes nowhere; what is on the web opens beside the preview
    event.preventDefault();
    if (/^https?:/.test(link.href) && link.origin !== location.origin) window.open(link.href, "_blank", "noopener,noreferrer");
  } else if (!event.target.closest("summary, input, textarea, audio, video, button")) turn();
}

function paperFigure() {
  const figure = element("figure", {}, element("figcaption", {textContent: "Paper: the entry on its cheat sheet, and the cut-out card"}));
  figure.dataset.view = "paper";
  return figure;
}

function showPaper(figure) {
  const key = `${shown.id} ${latest}`;
  if (figure.dataset.key === key) return;
  figure.dataset.key = key;
  const parts = [["sheet", "Its entry on the cheat sheet"], ["card", "Its cut-out card, front and back"]];
  const pictures = parts.map(([part, alt]) => {
    const query = new URLSearchParams({note: shown.id, part, version: latest});
    const picture = element("img", {className: "sheet", alt, src: `/paper?${query}`});
    picture.addEventListener("error", () => picture.replaceWith(element("p", {textContent: `${alt}: cannot be set, or is not printed.`})));
    return picture;
  });
  figure.replaceChildren(figure.firstChild, ...pictures);
}

// ---- The list ------------------------------------------------------------------------------------------

function passes(note) {
  const words = $("search").value.toLowerCase().split(/\s+/).filter(Boolean);
  const tag = $("tag").value;
  return words.every(word => note.words.includes(word))
    && (!$("deck").value || note.deck === $("deck").value)
    && (!$("kind").value || note.kind === $("kind").value)
    && (!tag || note.tags.some(own => own === tag || own.startsWith(`${tag}::`)))
    && (!$("with-findings").checked || note.findings.length > 0)
    && (!$("changed").checked || note.changed);
}

function showList() {
  visible = [];
  const parts = [];
  for (const deck of state.decks) {
    const passing = deck.notes.filter(passes);
    if (!passing.length) continue;
    visible.push(...passing.map(note => note.id));
    parts.push(element("h2", {textContent: deck.unreadable ? `${deck.title} (as it was: the file cannot be read)` : deck.title}));
    parts.push(element("ul", {}, ...passing.map(row)));
  }
  $("list").replaceChildren(...parts);
  $("number").textContent = visible.length === notes.size ? `${notes.size} notes` : `${visible.length} of ${notes.size} notes`;
  showChosen(false);
}

function row(note) {
  const worst = note.findings.some(found => found.severity === "error") ? "error" : note.findings.length ? "warning" : "";
  const words = [worst, note.changed ? "changed" : ""].filter(Boolean).join(", ");
  const button = element("button", {type: "button", onclick: () => open(note.id)},
    element("span", {className: "id", textContent: note.id}),
    element("span", {className: `mark ${worst}`, textContent: words}),
    element("span", {className: "front", textContent: note.front}));
  button.dataset.id = note.id;
  return element("li", {}, button);
}

function showChosen(scroll = true) {
  for (const old of $("list").querySelectorAll("[aria-current]")) old.removeAttribute("aria-current");
  const button = [...$("list").querySelectorAll("button")].find(one => one.dataset.id === shown.id);
  if (!button) return;
  button.setAttribute("aria-current", "true");
  if (scroll) button.scrollIntoView({block: "nearest"});
}

function fill(select, values) {
  const chosen = select.value;
  const first = select.options[0];
  select.replaceChildren(first, ...values.map(([value, text]) => new Option(text, value)));
  select.value = values.some(([value]) => value === chosen) ? chosen : "";
}

function showState() {
  notes = new Map(state.decks.flatMap(deck => deck.notes.map(note => [note.id, note])));
  document.title = state.title ? `${state.title}: preview` : "Flashcards: preview";
  $("title").textContent = state.title || "Preview";
  fill($("deck"), state.decks.map(deck => [deck.key, deck.title]));
  const tags = [...new Set([...notes.values()].flatMap(note => note.tags))].sort();
  fill($("tag"), tags.map(tag => [tag, tag]));
  fill($("kind"), [...new Set([...notes.values()].map(note => note.kind))].sort().map(kind => [kind, kind]));
  $("changed-label").hidden = !state.released;
  $("problems").replaceChildren(...state.problems.map(finding));
  showList();
}

// ---- What the reader does ------------------------------------------------------------------------------

function open(id, card = null) {
  const note = notes.get(id);
  if (!note) return;
  shown = {id, card: card ?? (note.cards.length ? note.cards[0][0] : 0), answer: false};
  showCard();
  showChosen();
}

function turn() { shown.answer = !shown.answer; showCard(); }

function walkNotes(step) {
  const at = visible.indexOf(shown.id);
  const id = at < 0 ? visible[0] : visible[at + step];
  if (id !== undefined) open(id);
}

function walkCards(step) {
  const cards = notes.get(shown.id)?.cards ?? [];
  const next = cards[cards.findIndex(([number]) => number === shown.card) + step];
  if (next) return open(shown.id, next[0]);
  const before = shown.id;
  walkNotes(step);
  const made = notes.get(shown.id)?.cards ?? [];
  if (step < 0 && shown.id !== before && made.length > 1) open(shown.id, made.at(-1)[0]);
}

function toggleView(view) {
  if (views.has(view) && views.size > 1) views.delete(view); else views.add(view);
  for (const button of $("views").children) button.setAttribute("aria-pressed", String(views.has(button.dataset.view)));
  showCard();
}

async function copyPlace() {
  await navigator.clipboard.writeText($("copy").textContent).then(
    () => say(`Copied ${$("copy").textContent}`), () => say("The browser does not let this page copy."));
}

async function edit() {
  const answer = await fetch(`/open?${new URLSearchParams({note: shown.id})}`, {method: "POST"});
  say(answer.ok ? (await answer.json()).said : "That note cannot be opened.");
}

function say(text) { $("said").textContent = text; }

const KEYS = {
  " ": turn, ArrowRight: () => walkCards(1), ArrowLeft: () => walkCards(-1), ArrowDown: () => walkNotes(1),
  ArrowUp: () => walkNotes(-1), "/": () => { $("search").focus(); $("search").select(); }, c: copyPlace, e: edit,
  l: () => toggleView("light"), n: () => toggleView("night"), p: () => toggleView("phone"), s: () => toggleView("paper"),
};

function pressed(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Escape" && event.target === $("search")) { $("search").value = ""; showList(); $("search").blur(); return; }
  if (event.target.closest?.("input, select, textarea, audio, video")) return;
  if (event.key === " " && event.target.closest?.("button:not([aria-current]), summary")) return;  // it presses that
  const act = KEYS[event.key];
  if (!act) return;
  event.preventDefault();
  act();
}

// ---- News from the server ------------------------------------------------------------------------------

async function update(news) {
  latest = news.version;
  const known = notes.has(news.edited);
  if (known) {  // the card first: the list follows, and says what else is new
    if (news.edited === shown.id) showCard(); else open(news.edited);
    await cardShown(500);
  }
  const answer = await fetch("/state.json");
  if (!answer.ok) return say("The preview was started anew: open the address that it printed.");
  const next = await answer.json();
  if (next.version < state.version) return;
  state = next;
  latest = Math.max(latest, next.version);
  showState();
  const first = state.decks.flatMap(deck => deck.notes)[0];
  if (!known && notes.has(news.edited)) return open(news.edited);
  if (!notes.has(shown.id)) return first ? open(first.id) : showCard();
  if (known || !news.read) showDetails(); else showCard();
}

function cardShown(most) {
  return new Promise(done => {
    document.addEventListener("card-shown", done, {once: true});
    setTimeout(done, most);
  });
}

async function start() {
  const [id, card, side] = location.hash.slice(1).split("/");
  if (id) shown = {id: decodeURIComponent(id), card: Number(card) || 0, answer: side === "answer"};
  document.addEventListener("keydown", pressed);
  for (const button of $("views").children) button.addEventListener("click", () => toggleView(button.dataset.view));
  $("turn").addEventListener("click", turn);
  $("back").addEventListener("click", () => walkCards(-1));
  $("forward").addEventListener("click", () => walkCards(1));
  $("copy").addEventListener("click", copyPlace);
  $("edit").addEventListener("click", edit);
  for (const id of ["search", "deck", "tag", "kind", "with-findings", "changed"]) $(id).addEventListener("input", showList);
  await update({version: 0, read: true, edited: null});
  const events = new EventSource(`/events?after=${state.version}`);
  events.onmessage = message => update(JSON.parse(message.data));
  events.onopen = () => say("");
  events.onerror = () => say("The preview does not answer. It may have ended.");
}

start();
