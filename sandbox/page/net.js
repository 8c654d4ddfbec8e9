// The stand-ins' control interfaces: reading, doing, and streams that come back by themselves.

/** {data} or {error: one sentence}; never throws. */
async function ask(path, options) {
  try {
    const answer = await fetch(path, { ...options, signal: AbortSignal.timeout(30_000) });
    const data = await answer.json();
    return answer.ok ? { data } : { error: data.error ?? `the sandbox answered ${answer.status}` };
  } catch {
    return { error: "The sandbox does not answer. Is it still running?" };
  }
}

export const get = (path) => ask(path, { cache: "no-store" });
export const post = (path, body = {}) =>
  ask(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });

/** Calls `onChange` when the stream opens and at each change; `onState(up)` when it is lost or found again. */
export function stream(path, onChange, onState) {
  let source = null;
  let pause = 500;
  let timer = null;
  const open = () => {
    clearTimeout(timer);
    source?.close();
    source = new EventSource(path);
    source.onopen = () => {
      pause = 500;
      onState(true);
      onChange();
    };
    source.onmessage = onChange;
    source.addEventListener("change", onChange);
    source.onerror = () => {
      source.close();
      onState(false);
      timer = setTimeout(open, pause);
      pause = Math.min(pause * 2, 5_000);
    };
  };
  const shut = () => {
    clearTimeout(timer);
    source?.close();
  };
  // A browser opens six connections to one address; a page out of sight gives its own back.
  document.addEventListener("visibilitychange", () => (document.hidden ? shut() : open()));
  open();
}

/** Runs `work` now, and once more if it was asked for while it ran; what it returns is done when both are. */
export function oneAtATime(work) {
  let running = null;
  let again = false;
  const run = async () => {
    try {
      while (again) {
        again = false;
        await work();
      }
    } finally {
      running = null;
    }
  };
  return () => {
    again = true;
    return (running ??= run());
  };
}
