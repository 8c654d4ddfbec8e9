// The left side: which public square is shown, its rules, and what of it is news. Writing and posts are beside it.

import { announce, h, whenChanged } from "/dom.js";
import { get, oneAtATime } from "/net.js";
import { Posts } from "/posts.js";
import { Write } from "/write.js";

const RULES = [
  ["Length", "counted"],
  ["Edits", "edits"],
  ["Who sees it", "seen"],
  ["What the team hears", "heard"],
];

export class Square {
  /** `onState({run, answered})` after each look; `onTurn(square)` when another square is shown. */
  constructor(root, { onState, onTurn }) {
    this.root = root;
    this.onState = onState;
    this.onTurn = onTurn;
    this.all = [];
    this.numbers = {}; // by square: how many posts and answers stand there, and whether it is cut off
    this.seen = {}; // how many posts were there when it was last shown
    this.refresh = oneAtATime(() => this.load());
    this.at = (what) => this.shown && `/control/squares/${this.shown.name}/${what}`;
    this.write = new Write(this);
    this.posts = new Posts(this);
    this.build();
  }

  build() {
    this.which = h("select", { id: "which", "aria-label": "Which public square", "data-focus": "which" });
    this.which.addEventListener("change", () => this.turn(this.which.value));
    this.elsewhere = h("div", { class: "elsewhere" });
    this.brief = h("summary", {});
    this.rules = h("dl");
    this.cut = h("p", { class: "cutoff", role: "status", hidden: true });
    const head = h("header", { class: "sidehead" }, h("h2", {}, "The public square"), this.which, this.elsewhere, h("details", { class: "rules" }, this.brief, this.rules));
    this.root.replaceChildren(head, this.write.element, this.cut, this.posts.list);
  }

  /** The squares, when first asked for and each time the sandbox has started anew. */
  async learn() {
    const { data, error } = await get("/control/squares");
    if (error) return false;
    if (data.run === this.run) return true;
    this.run = data.run;
    this.all = data.squares;
    this.seen = {};
    this.turn(this.all.find((one) => one.name === this.shown?.name)?.name ?? this.all[0].name);
    return true;
  }

  /** Show another square. */
  turn(name) {
    const before = this.shown;
    this.shown = this.all.find((one) => one.name === name);
    this.posts.turn();
    this.write.turn(before);
    this.brief.textContent = this.shown.rules.brief;
    this.rules.replaceChildren(...RULES.flatMap(([label, field]) => [h("dt", {}, label), h("dd", {}, this.shown.rules[field])]));
    this.cut.textContent = `${this.shown.title} is cut off: nobody outside can reach it. Posts wait until it is back.`;
    this.cut.hidden = true;
    this.offers();
    this.onTurn(this.shown);
    if (before && before !== this.shown) announce(`${this.shown.title}: ${this.shown.rules.brief}.`);
    this.refresh();
  }

  /** What stands everywhere, in numbers, as the stream tells it. */
  counted(numbers) {
    for (const { name, title } of this.all) {
      const now = numbers[name];
      if (name !== this.shown?.name && now?.answers > (this.numbers[name]?.answers ?? now.answers)) announce(`On ${title}, our answer stands.`);
    }
    this.numbers = numbers;
    this.offers();
  }

  offers() {
    const news = (name) => Math.max(0, (this.numbers[name]?.posts ?? 0) - (this.seen[name] ??= this.numbers[name]?.posts ?? 0));
    if (this.shown && this.numbers[this.shown.name]) this.seen[this.shown.name] = this.numbers[this.shown.name].posts;
    const shown = this.all.map(({ name, title }) => ({ name, title, news: name === this.shown.name ? 0 : news(name), cut: this.numbers[name]?.cut }));
    whenChanged(this.which, JSON.stringify([this.shown?.name, shown]), () =>
      shown.map((one) => h("option", { value: one.name, selected: one.name === this.shown.name }, [one.title, one.news && `${one.news} new`, one.cut && "cut off"].filter(Boolean).join(" · "))),
    );
    const others = shown.filter((one) => one.news);
    whenChanged(this.elsewhere, JSON.stringify(others), () =>
      others.map((one) => h("button", { type: "button", class: "quiet", "data-focus": `news-${one.name}`, onclick: () => this.leave(one.name) }, `${one.title}: ${one.news} new`)),
    );
  }

  /** By the button that told of news: it vanishes, so the focus goes to the switch. */
  leave(name) {
    this.turn(name);
    this.which.focus();
  }

  posted() {
    this.mine = true;
    this.refresh();
  }

  async load() {
    if (!(await this.learn())) return;
    const { shown } = this;
    const { data, error } = await get(`/control/squares/${shown.name}`);
    if (error || shown !== this.shown) return;
    this.cut.hidden = !data.cut;
    this.write.people(data.people);
    this.posts.draw(data.posts, { toTop: this.mine });
    this.mine = false;
    this.onState({ run: this.run, answered: Object.values(this.numbers).some((one) => one.answers > 0) });
  }
}
