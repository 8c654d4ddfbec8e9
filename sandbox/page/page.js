// Puts the page together: square, two reps, the steps, the world; keeps them fresh by the stand-ins' streams.

import { announce } from "/dom.js";
import { stream } from "/net.js";
import { BOT } from "/message.js";
import { Pane } from "/pane.js";
import { Square } from "/square.js";
import { Steps } from "/steps.js";
import { World } from "/world.js";

const $ = (id) => document.getElementById(id);

// --- what does not answer ---

const troubles = new Map();
function trouble(where, sentence) {
  if (sentence) troubles.set(where, sentence);
  else troubles.delete(where);
  const [first] = troubles.values();
  if ($("trouble").textContent === (first ?? "")) return;
  $("trouble").hidden = !first;
  $("trouble").textContent = first ?? "";
}
const lost = (where) => (up) => trouble(where, up ? null : "The sandbox does not answer. Trying again …");

// --- the parts ---

const steps = new Steps($("steps"), $("hint"));
const world = new World($("world"), { onTrouble: (sentence) => trouble("world", sentence) });
const square = new Square($("square"), { onState: (state) => steps.square(state), onTurn: (shown) => world.about(shown) });
const panes = [
  new Pane({ number: 1, user: "U0ANA", onState: heard }),
  new Pane({ number: 2, user: "U0BEA", onState: heard }),
];
$("team").append(...panes.map((pane) => pane.element));

let known = null;
/** News of the first window's channel, for people who do not see it. */
function heard(state, pane) {
  steps.slack(state);
  if (pane !== panes[0]) return;
  const cards = state.channels.flatMap((one) => one.messages).filter((one) => one.user === BOT);
  const fresh = known ? cards.filter((one) => !known.has(one.ts)) : [];
  if (fresh.length) announce(fresh.length > 2 ? `${fresh.length} new cards.` : fresh.map((one) => `In the channel: ${one.text}`).join(" "));
  known = new Set(cards.map((one) => one.ts));
}

// --- streams ---

const teams = () => panes.forEach((pane) => pane.refresh());
stream("/slack/control/stream", soon(teams), lost("slack"));
const look = soon(() => square.refresh());
stream("/control/squares/stream", (event) => {
  if (event?.data) square.counted(JSON.parse(event.data));
  look();
}, lost("square"));

/** Many changes at once are one look; in a storm we look four times a second. */
function soon(work) {
  let due = null;
  let last = 0;
  const look = () => {
    due = null;
    last = performance.now();
    work();
  };
  return () => (due ??= setTimeout(look, performance.now() - last < 400 ? 250 : 30));
}

// --- narrow screens show one side ---

const tabs = { square: $("tab-square"), team: $("tab-team") };
function show(side) {
  document.body.dataset.shown = side;
  for (const [name, tab] of Object.entries(tabs)) {
    tab.setAttribute("aria-selected", String(name === side));
    tab.tabIndex = name === side ? 0 : -1;
  }
  teams();
}
for (const [name, tab] of Object.entries(tabs)) {
  tab.addEventListener("click", () => show(name));
  tab.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
    const other = name === "square" ? "team" : "square";
    show(other);
    tabs[other].focus();
  });
}
for (const link of document.querySelectorAll(".skip"))
  link.addEventListener("click", (event) => {
    event.preventDefault();
    const side = link.getAttribute("href").slice(1);
    show(side);
    (side === "square" ? $("words") : panes[0].home())?.focus();
  });
show("team");
addEventListener("resize", soon(teams));
