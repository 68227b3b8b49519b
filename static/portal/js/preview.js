// What would change, while the form is being filled: the form as typed is sent to its preview address.
import { morph, parse } from "./morph.js";

const WAIT_MS = 350;
const running = new WeakMap();

async function refresh(form) {
  running.get(form)?.abort();
  const abort = new AbortController();
  running.set(form, abort);
  const panel = form.parentElement.querySelector("#preview");
  panel.setAttribute("aria-busy", "true");
  let next; // also with a refusal; none from a page instead, as to sign in, or where nothing answers
  try {
    const answer = await fetch(form.dataset.previewUrl, { method: "POST", body: new FormData(form), signal: abort.signal });
    next = parse(await answer.text()).querySelector("#preview");
  } catch {}
  if (running.get(form) !== abort) return;
  morph(panel, next ?? form.parentElement.querySelector("[data-preview-failed]").content.firstElementChild);
  panel.removeAttribute("aria-busy");
}

const timers = new WeakMap();
document.addEventListener("input", (event) => {
  const form = event.target.closest("[data-operation-form]");
  if (!form?.dataset.previewUrl || ["note", "confirm"].includes(event.target.name)) return;
  clearTimeout(timers.get(form));
  timers.set(form, setTimeout(refresh, WAIT_MS, form));
});
