// What would change, while the form is being filled: the form as typed is sent to its preview address.
import { morph, parse } from "./morph.js";

const WAIT_MS = 350;
const running = new WeakMap();

async function refresh(form) {
  running.get(form)?.abort();
  const abort = new AbortController();
  running.set(form, abort);
  const panel = form.parentElement.querySelector("#preview");
  panel?.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(form.dataset.previewUrl, { method: "POST", body: new FormData(form), signal: abort.signal });
    const next = [200, 400, 409, 422].includes(answer.status) && parse(await answer.text()).querySelector("#preview");
    if (next && panel) morph(panel, next);
  } catch (error) {
    if (error.name !== "AbortError") console.warn("preview", error);
  }
  if (running.get(form) === abort) panel?.removeAttribute("aria-busy");
}

const timers = new WeakMap();
document.addEventListener("input", (event) => {
  const form = event.target.closest("[data-operation-form]");
  if (!form?.dataset.previewUrl || ["note", "confirm"].includes(event.target.name)) return;
  clearTimeout(timers.get(form));
  timers.set(form, setTimeout(refresh, WAIT_MS, form));
});
