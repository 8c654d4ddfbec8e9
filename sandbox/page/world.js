// What happens outside: a day to play, a storm, a platform that is cut off, a bot that is killed and started again.

import { announce, h, menu, whenChanged } from "/dom.js";
import { get, post } from "/net.js";

const BOT = { running: "The bot runs", starting: "The bot is starting", down: "The bot is down" };
const EVERY = 1_500; // Small, and on this machine; a third stream would cost one of the browser's six connections.

export class World {
  constructor(root, { onTrouble }) {
    this.root = root;
    this.onTrouble = onTrouble;
    this.look();
  }

  /** The square that is shown: cutting off is about that one. */
  about(square) {
    this.square = square;
    if (this.state) this.draw();
  }

  async look() {
    if (!document.hidden) await this.read(await get("/control/state"));
    setTimeout(() => this.look(), EVERY);
  }

  async read({ data, error }) {
    this.onTrouble(error);
    if (error) return;
    const { bot } = data;
    if (this.was && this.was !== bot.state) announce(`${BOT[bot.state] ?? bot.state}.`);
    this.was = bot.state;
    this.log = bot.log;
    this.state = data;
    this.draw();
  }

  draw() {
    const { bot, day, cut } = this.state;
    const off = Boolean(cut[this.square?.name]);
    const shown = [bot.state, day.playing, day.done, day.clock, day.storming, this.square?.name, off];
    whenChanged(this.root, JSON.stringify(shown), () => this.buttons(bot, day, off));
  }

  async press(path, body) {
    const { error } = await post(path, body);
    this.onTrouble(error);
    await this.read(await get("/control/state"));
  }

  buttons(bot, day, off) {
    const button = (key, label, path, body, kind = "plain", title) =>
      h("button", { type: "button", class: kind, "data-focus": key, title, onclick: () => this.press(path, body) }, label);
    const running = bot.state !== "down";
    return [
      h("span", { class: `state ${bot.state}`, title: bot.state === "down" && bot.exit != null ? `It ended with ${bot.exit}` : null }, h("i", { "aria-hidden": "true" }), BOT[bot.state] ?? bot.state),
      running
        ? button("bot", "Kill it", "/control/bot/kill", {}, "plain danger", "SIGKILL, at once, in the middle of whatever it does")
        : button("bot", "Start it again", "/control/bot/start", {}, "primary"),
      button("cut", off ? "Bring the platform back" : "Cut the platform off", "/control/cut", { square: this.square?.name, cut: !off }, off ? "primary" : "plain", `${this.square?.title ?? "The public platform"}: ${off ? "can be reached again" : "can no longer be reached"}`),
      day.playing
        ? button("day", `Stop the day · ${day.clock ?? ""} · ${day.done}/${day.of}`, "/control/day/stop", {})
        : button("day", "Play a day", "/control/day/start", { seconds: 300 }, "plain", `${day.of} posts in five minutes`),
      button("storm", day.storming ? "A storm blows" : "Start a storm", "/control/storm", { count: 40, seconds: 20 }, "plain", "One complaint goes round: forty copies in twenty seconds"),
      menu("More", [{ label: "Show the bot's log", act: () => this.showLog() }, { label: "Restart the bot gently", act: () => this.press("/control/bot/restart", {}) }], { focus: "more" }),
    ];
  }

  showLog() {
    const close = h("button", { type: "button", class: "primary", autofocus: true, onclick: () => dialog.close() }, "Close");
    const dialog = h("dialog", { class: "log", "aria-label": "The bot's log" }, h("h3", {}, "The bot's last words"), h("pre", { tabindex: "0" }, (this.log ?? []).join("\n") || "Nothing yet."), h("div", { class: "ends" }, close));
    dialog.addEventListener("close", () => {
      dialog.remove();
      this.root.querySelector("[data-focus=more]")?.focus();
    });
    document.body.append(dialog);
    dialog.showModal();
  }
}
