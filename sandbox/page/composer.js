// Where people write: a text field that grows, with completion of commands, verbs and names. Enter sends.

import { h } from "/dom.js";

export const COMMANDS = [
  ["/claim", "Take a conversation; without a number the most urgent one"],
  ["/draft", "Write an answer for others to approve"],
  ["/queue", "Who waits, most urgent first"],
  ["/release", "Give a conversation back"],
  ["/twoway", "Everything by word: /twoway help"],
];
const VERBS = [
  ["claim", "Take this conversation"],
  ["draft", "draft TEXT: make it the draft at once"],
  ["edit", "Change the draft"],
  ["approve", "approve 2: approve draft 2"],
  ["unapprove", "Take your approval back"],
  ["object", "object 2: block draft 2"],
  ["discard", "Throw the draft away"],
  ["note", "Write something down for colleagues"],
  ["hand", "hand @colleague: give it to somebody"],
  ["release", "Give it back"],
  ["show", "The conversation with its history"],
  ["mine", "What I have, and what waits for me"],
  ["hold", "Stop: nothing goes out"],
  ["resume", "End a hold"],
  ["close", "Nothing more is to be said"],
  ["reopen", "Back into the queue"],
  ["signoff", "signoff ^AN: how your replies are signed"],
  ["me", "Your sign-off and languages"],
  ["help", "Every command"],
];

/** What may follow what is typed up to the caret: [[text to put there, what it says]], and where it begins. */
function offers(before, { names, inThread }) {
  if (!inThread && /^\/[a-z]*$/.test(before)) return { at: 0, all: COMMANDS.filter(([name]) => name.startsWith(before)) };
  const verb = before.match(inThread ? /(?:^|\s)@twoway ([a-z]*)$/ : /^(?:\/twoway|@twoway) ([a-z]*)$/);
  if (verb) return { at: before.length - verb[1].length, all: VERBS.filter(([name]) => name.startsWith(verb[1]) && name !== verb[1]) };
  const name = before.match(/(?:^|\s)@([a-z]*)$/);
  if (name) return { at: before.length - name[1].length - 1, all: names().filter(([one]) => one.startsWith(`@${name[1]}`) && one !== `@${name[1]}`) };
  return { at: 0, all: [] };
}

let made = 0;

/** `send(text)` answers true when it went; `names()` are [@name, who]. */
export function composer({ label, placeholder, send, names, inThread = false, focus }) {
  const id = `composer-${(made += 1)}`;
  const list = h("div", { class: "offers", role: "listbox", id: `${id}-offers`, "aria-label": "Suggestions", hidden: true });
  const field = h("textarea", {
    rows: 1, placeholder, "aria-label": label, role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false",
    "aria-controls": list.id, autocomplete: "off", dir: "auto", "data-focus": focus,
  });
  const button = h("button", { type: "submit", class: "send", "aria-label": "Send", title: "Send (Enter)" }, "↵");
  const form = h("form", { class: "composer" }, list, field, button);
  let chosen = 0;
  let offered = { at: 0, all: [] };

  function draw() {
    const before = field.value.slice(0, field.selectionStart);
    offered = document.activeElement === field ? offers(before, { names, inThread }) : { at: 0, all: [] };
    chosen = Math.min(chosen, Math.max(offered.all.length - 1, 0));
    const open = offered.all.length > 0;
    list.hidden = !open;
    field.setAttribute("aria-expanded", String(open));
    list.replaceChildren(
      ...offered.all.map(([text, says], n) => {
        const option = h("div", { role: "option", id: `${id}-${n}`, "aria-selected": String(n === chosen) }, h("b", {}, text), " ", h("span", {}, says));
        option.addEventListener("pointerdown", (event) => {
          event.preventDefault();
          take(n);
        });
        return option;
      }),
    );
    if (open) field.setAttribute("aria-activedescendant", `${id}-${chosen}`);
    else field.removeAttribute("aria-activedescendant");
    list.children[chosen]?.scrollIntoView({ block: "nearest" });
  }

  function take(n) {
    const [text] = offered.all[n];
    const end = field.selectionStart;
    field.setRangeText(`${text} `, offered.at, end, "end");
    chosen = 0;
    grow();
    draw();
  }

  function grow() {
    field.style.height = "auto";
    field.style.height = `${Math.min(field.scrollHeight + 2, 160)}px`;
  }

  async function go() {
    const text = field.value.trim();
    if (!text || form.getAttribute("aria-busy")) return;
    form.setAttribute("aria-busy", "true");
    const kept = field.value;
    field.value = "";
    grow();
    draw();
    const went = await send(text);
    form.removeAttribute("aria-busy");
    if (!went && !field.value) field.value = kept;
    grow();
  }

  field.addEventListener("input", () => {
    chosen = 0;
    grow();
    draw();
  });
  field.addEventListener("click", draw);
  field.addEventListener("blur", draw);
  field.addEventListener("keydown", (event) => {
    const open = !list.hidden;
    const exact = open && offered.all[chosen][0] === field.value.slice(offered.at).trim();
    if (event.isComposing) return;
    if (open && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      event.preventDefault();
      chosen = (chosen + (event.key === "ArrowDown" ? 1 : -1) + offered.all.length) % offered.all.length;
      draw();
    } else if (open && (event.key === "Tab" || event.key === "Enter") && !event.shiftKey && !exact) {
      event.preventDefault();
      take(chosen);
    } else if (open && event.key === "Escape") {
      event.stopPropagation();
      list.hidden = true;
      field.setAttribute("aria-expanded", "false");
    } else if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      go();
    }
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    go();
  });
  return form;
}
