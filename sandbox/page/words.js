// Words inside blocks: rich_text, mrkdwn, plain text, and moments in the reader's own time zone.

import { h } from "/dom.js";
import { glyph, withEmoji } from "/emoji.js";

const SOON = 15 * 60; // A moment so many seconds ahead, in a line about going out, gets a countdown.
const GOING_OUT = /go(es)? out|going out|sends? at|send it at/i;

const clock = (at, seconds) =>
  at.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", ...(seconds ? { second: "2-digit" } : {}), hourCycle: "h23" });
const dayOf = (at) => at.toDateString();
export const time = (ts) => clock(new Date(Number(ts) * 1000));

function pretty(at, otherwise) {
  const day = 86_400_000;
  const words = { [dayOf(new Date())]: "today", [dayOf(new Date(Date.now() - day))]: "yesterday", [dayOf(new Date(Date.now() + day))]: "tomorrow" };
  return words[dayOf(at)] ?? otherwise;
}

/** Slack's date tokens, in this machine's time zone. */
export function dated(timestamp, format) {
  const at = new Date(timestamp * 1000);
  const as = (options) => at.toLocaleDateString([], options);
  const short = as({ month: "short", day: "numeric", year: "numeric" });
  const long = as({ weekday: "long", month: "long", day: "numeric", year: "numeric" });
  const plain = as({ month: "long", day: "numeric", year: "numeric" });
  const tokens = {
    date: plain, date_num: as({}), date_slash: as({}), date_short: short, date_long: long, day_divider_pretty: pretty(at, long),
    date_pretty: pretty(at, plain), date_short_pretty: pretty(at, short), date_long_pretty: pretty(at, long),
    date_long_full: long, time: clock(at), time_secs: clock(at, true), ago: ago(at),
  };
  return format.replace(/\{(\w+)\}/g, (whole, token) => tokens[token] ?? whole);
}

function ago(at) {
  const minutes = Math.round((Date.now() - at) / 60_000);
  if (Math.abs(minutes) < 1) return "now";
  const words = Math.abs(minutes) < 90 ? `${Math.abs(minutes)} min` : `${Math.round(Math.abs(minutes) / 60)} h`;
  return minutes > 0 ? `${words} ago` : `in ${words}`;
}

function moment(timestamp, format, around) {
  const shown = h("time", { datetime: new Date(timestamp * 1000).toISOString() }, dated(timestamp, format));
  const left = timestamp - Date.now() / 1000;
  if (!GOING_OUT.test(around) || left > SOON || left < -2) return shown;
  return [shown, countdown(timestamp)];
}

/** A chip that counts the seconds until something goes out; the page's one ticker keeps it. */
function countdown(timestamp) {
  const chip = h("span", { class: "countdown", role: "timer", "aria-live": "off", "data-until": timestamp, "data-since": Date.now() / 1000 });
  tick(chip);
  return chip;
}

function tick(chip) {
  const left = Number(chip.dataset.until) - Date.now() / 1000;
  const whole = Math.max(Number(chip.dataset.until) - Number(chip.dataset.since), 1);
  const seconds = Math.ceil(left);
  const words = left <= 0 ? "now" : seconds < 90 ? `in ${seconds} s` : `in ${Math.ceil(seconds / 60)} min`;
  if (chip.textContent !== words) chip.textContent = words;
  chip.style.setProperty("--left", Math.max(0, Math.min(1, left / whole)).toFixed(3));
}
setInterval(() => document.querySelectorAll(".countdown").forEach(tick), 200);

/** `people` names users; `jump` is told of links into the workspace. */
export class Words {
  constructor({ people, jump }) {
    this.people = people;
    this.jump = jump;
  }

  user(id) {
    const person = this.people().get(id);
    return h("span", { class: "mention" }, `@${person?.name ?? id}`);
  }

  link(url, label) {
    if (!/^(https?|mailto):/i.test(url)) return h("span", {}, label ?? url);
    const inside = url.match(/^https:\/\/acme\.slack\.com\/archives\/(\w+)\/p(\d+)(\d{6})/);
    const link = h("a", { href: url, target: "_blank", rel: "noreferrer noopener" }, label || url.replace(/^https?:\/\//, ""));
    if (inside) {
      link.addEventListener("click", (event) => {
        event.preventDefault();
        this.jump(inside[1], `${inside[2]}.${inside[3]}`);
      });
    }
    return link;
  }

  text(object) {
    if (!object) return [];
    return object.type === "mrkdwn" ? this.mrkdwn(object.text) : [object.emoji === false ? object.text : withEmoji(object.text)];
  }

  // --- rich_text ---

  rich(elements) {
    return elements.map((one) => this.container(one));
  }

  container(one) {
    if (one.type === "rich_text_list") {
      const list = h(one.style === "ordered" ? "ol" : "ul", { start: one.offset ? one.offset + 1 : null });
      list.style.setProperty("--indent", one.indent ?? 0);
      list.append(...one.elements.map((item) => h("li", {}, this.inline(item.elements))));
      return list;
    }
    const tag = { rich_text_quote: "blockquote", rich_text_preformatted: "pre" }[one.type] ?? "p";
    return h(tag, { dir: tag === "blockquote" ? "auto" : null }, this.inline(one.elements));
  }

  inline(elements) {
    const around = elements.map((one) => one.text ?? "").join("");
    return elements.map((one) => this.styled(this.element(one, around), one.style ?? {}));
  }

  element(one, around) {
    switch (one.type) {
      case "text":
        return one.text;
      case "link":
        return this.link(one.url, one.text);
      case "emoji":
        return h("span", { class: "emoji", role: "img", "aria-label": one.name.replaceAll("_", " ") }, glyph(one.name));
      case "user":
        return this.user(one.user_id);
      case "usergroup":
        return h("span", { class: "mention" }, one.usergroup_id === "S0LEADS" ? "@leads" : `@${one.usergroup_id}`);
      case "channel":
        return h("span", { class: "mention" }, `#${one.channel_id}`);
      case "broadcast":
        return h("span", { class: "mention" }, `@${one.range}`);
      case "date":
        return moment(one.timestamp, one.format, around);
      case "color":
        return one.value;
      default:
        return "";
    }
  }

  styled(node, style) {
    let out = node;
    for (const [name, tag] of [["code", "code"], ["bold", "strong"], ["italic", "em"], ["strike", "s"], ["underline", "u"]])
      if (style[name]) out = h(tag, {}, out);
    return out;
  }

  // --- mrkdwn, as people's messages and a few texts have it ---

  mrkdwn(text) {
    const nodes = [];
    for (const part of text.split(/(```[\s\S]+?```)/)) {
      if (part.startsWith("```") && part.length > 6) nodes.push(h("pre", {}, unescaped(part.slice(3, -3).replace(/^\n/, ""))));
      else
        part.split("\n").forEach((line, n) => {
          if (n) nodes.push("\n");
          const quote = line.match(/^&gt; ?(.*)$/);
          nodes.push(quote ? h("blockquote", {}, this.run(quote[1], line)) : this.run(line, line));
        });
    }
    return nodes.flat(Infinity);
  }

  run(line, around) {
    const pattern = /<([^<>\s][^<>]*)>|`([^`]+)`|(?<![\p{L}\p{N}])(?:\*(\S(?:[^*]*\S)?)\*|_(\S(?:[^_]*\S)?)_|~(\S(?:[^~]*\S)?)~)(?![\p{L}\p{N}])/u;
    const found = line.match(pattern);
    if (!found) return [withEmoji(unescaped(line))];
    const [whole, tagged, code, bold, italic, struck] = found;
    const node =
      tagged !== undefined ? this.tagged(tagged, around)
      : code !== undefined ? h("code", {}, unescaped(code))
      : bold !== undefined ? h("strong", {}, this.run(bold, around))
      : italic !== undefined ? h("em", {}, this.run(italic, around))
      : h("s", {}, this.run(struck, around));
    return [withEmoji(unescaped(line.slice(0, found.index))), node, ...this.run(line.slice(found.index + whole.length), around)];
  }

  tagged(inner, around) {
    const [what, label] = inner.split("|");
    if (what.startsWith("@")) return this.user(what.slice(1));
    if (what.startsWith("#")) return h("span", { class: "mention" }, `#${label || what.slice(1)}`);
    const date = what.match(/^!date\^(\d+)\^([^^]+)/);
    if (date) return moment(Number(date[1]), date[2], around);
    if (what.startsWith("!")) return h("span", { class: "mention" }, `@${label ?? what.slice(1).split("^")[0]}`);
    return this.link(unescaped(what), label && unescaped(label));
  }
}

const unescaped = (text) => text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
