// The five steps of the first reply: each ticks itself off by what stands in the channel and on the square.

import { announce, h, refill } from "/dom.js";
import { BOT } from "/message.js";
import { plainly } from "/pane.js";

const STEPS = [
  ["claim", "Claim", "You are Ana. Press Claim on a card, or type /claim in the channel: then everybody sees that it is yours."],
  ["draft", "Draft", "Press Draft on that card and write the answer. The bot puts it into the thread, where the team can look at it."],
  ["edit", "Edit as somebody else", "Be Bea (her window beside Ana’s, or “You are” above the channel): press Edit on the draft and change a word. Try Ana's ✅ first: whose words are last does not approve."],
  ["approve", "Approve", "Now somebody who did not write the last words reacts to the newest draft with ✅: Ana, or Cyd."],
  ["see", "See it on the square", "It goes out when the hold ends, and can be taken back until then. Look at the square."],
];
const DONE = "That was a whole reply, approved and posted once. Now let the customer edit or delete a post while a draft waits, cut the platform off, or kill the bot in the middle.";

/** What the bot's messages show: cards are first messages, drafts are in their threads. */
const SIGNS = {
  claim: ({ cards }) => cards.some((words) => /\bhas it\b/.test(words)),
  draft: ({ replies }) => replies.some((words) => /\bDraft \d+[,:]/.test(words)),
  edit: ({ cards, replies }) => replies.some((words) => /\bDraft \d+, last words by .+, with /.test(words)) || cards.some((words) => /Written by .+ and .+, approved by/.test(words)),
  approve: ({ cards, replies }) => [...cards, ...replies].some((words) => /goes out at|approved and waits|going out (now)?|, approved by/i.test(words)),
  see: ({ cards, ours }) => ours && cards.some((words) => /\bAnswered\b/.test(words)),
};

export class Steps {
  constructor(list, hint) {
    this.list = list;
    this.hint = hint;
    this.done = new Set();
    this.facts = { cards: [], replies: [], ours: false };
    this.draw();
  }

  /** The sandbox starts anew: then so do the steps. */
  began(run) {
    if (this.key === run) return;
    this.key = run;
    const [key, ...kept] = (sessionStorage.getItem("twoway-steps") ?? "").split(" ");
    if (key === run) kept.forEach((name) => this.done.add(name));
    else this.done.clear();
    this.draw();
  }

  slack(state) {
    const theirs = state.channels.flatMap((one) => one.messages).filter((one) => one.user === BOT);
    this.facts.cards = theirs.map(plainly);
    this.facts.replies = theirs.flatMap((one) => one.replies.filter((reply) => reply.user === BOT).map(plainly));
    this.look();
  }

  square({ run, answered }) {
    this.began(run);
    this.facts.ours = answered;
    this.look();
  }

  look() {
    let changed = false;
    for (const [name, label] of STEPS)
      if (!this.done.has(name) && SIGNS[name](this.facts)) {
        this.done.add(name);
        changed = true;
        announce(`Step done: ${label}.`);
      }
    if (!changed) return;
    if (this.key) sessionStorage.setItem("twoway-steps", [this.key, ...this.done].join(" "));
    this.draw();
  }

  draw() {
    const next = STEPS.find(([name]) => !this.done.has(name));
    refill(
      this.list,
      STEPS.map(([name, label], n) => {
        const done = this.done.has(name);
        const item = h("li", { class: done ? "done" : next?.[0] === name ? "next" : "", "data-step": name, "aria-current": next?.[0] === name ? "step" : null });
        item.append(h("span", { class: "number", "aria-hidden": "true" }, done ? "✓" : String(n + 1)), h("span", {}, label), h("span", { class: "unseen" }, done ? ", done" : ""));
        return item;
      }),
    );
    this.hint.textContent = next ? next[2] : DONE;
    this.hint.classList.toggle("all", !next);
  }
}
