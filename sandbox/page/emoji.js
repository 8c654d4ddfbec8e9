// Slack's names of the emoji that turn up here, and the other way round.

export const EMOJI = {
  white_check_mark: "✅", yes: "✅", x: "❌", "+1": "👍", thumbsup: "👍", "-1": "👎", thumbsdown: "👎", eyes: "👀", bulb: "💡",
  rotating_light: "🚨", pray: "🙏", tada: "🎉", heart: "❤️", green_heart: "💚", grinning: "😀", smile: "😄", joy: "😂", cry: "😢",
  thinking_face: "🤔", wave: "👋", fire: "🔥", rocket: "🚀", warning: "⚠️", hourglass_flowing_sand: "⏳", hourglass: "⌛",
  lock: "🔒", memo: "📝", pencil2: "✏️", speech_balloon: "💬", bell: "🔔", no_bell: "🔕", stopwatch: "⏱️", clock1: "🕐", ballot_box_with_check: "☑️",
  heavy_check_mark: "✔️", see_no_evil: "🙈", raised_hands: "🙌", clap: "👏", ok_hand: "👌", point_right: "👉", link: "🔗", globe_with_meridians: "🌐",
  star: "⭐", sparkles: "✨", question: "❓", exclamation: "❗", no_entry: "⛔", raised_hand: "✋", hand: "✋", busts_in_silhouette: "👥",
  outbox_tray: "📤", inbox_tray: "📥", large_yellow_circle: "🟡", white_circle: "⚪", red_circle: "🔴", large_green_circle: "🟢", blush: "😊",
};
export const QUICK = [
  ["white_check_mark", "✅", "approve"],
  ["x", "❌", "object"],
  ["+1", "👍", "thumbs up"],
  ["eyes", "👀", "eyes"],
];

export const glyph = (name) => EMOJI[name.split("::")[0]] ?? `:${name}:`;
export const withEmoji = (text) => text.replace(/:([a-z0-9_+-]+):/g, (whole, name) => EMOJI[name] ?? whole);
