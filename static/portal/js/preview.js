// What would change, while the form is being filled: the form as typed is sent to its preview address. A form with a secret
// is sent from here, too: where it is refused, that is put around the fields, which keep what no answer sends back.
import { morph, parse } from "./morph.js";

const WAIT_MS = 350, PAGE = "[data-dialog-content]";

async function send(form, url, wanted, button) {
  clearTimeout(form.waits);
  form.asks?.abort();
  const abort = form.asks = new AbortController();
  const panel = form.parentElement.querySelector("#preview");
  panel.setAttribute("aria-busy", "true");
  form.inert = wanted === PAGE; // what is on its way to be done is done once, and overtaken by nothing
  let next, goal; // also with a refusal; none from a page instead, as to sign in, or where nothing answers
  try {
    // Whoever signed in elsewhere meanwhile has another token, which the page knows.
    if (form.lost) form.elements.csrfmiddlewaretoken.value = parse(await (await fetch(form.action)).text()).querySelector("[name=csrfmiddlewaretoken]").value;
    const answer = await fetch(url, { method: "POST", body: new FormData(form, button), signal: abort.signal, headers: { "HX-Request": "true" } });
    goal = answer.headers.get("HX-Redirect");
    next = parse(await answer.text()).querySelector(wanted);
  } catch {}
  if (form.asks !== abort) return;
  form.inert = false, form.lost = !next;
  if (goal) return location.assign(goal);
  if (wanted === PAGE && next) next.querySelector("form").action = url;
  morph((next && form.closest(wanted)) ?? panel, next ?? form.parentElement.querySelector("[data-preview-failed]").content.firstElementChild);
  panel.removeAttribute("aria-busy");
  if (wanted === PAGE) (form.querySelector("[aria-invalid=true]") ?? form.closest(PAGE).querySelector("[data-first-error]") ?? button)?.focus();
}

document.addEventListener("input", (event) => {
  const form = event.target.closest("[data-operation-form]");
  if (!form?.dataset.previewUrl || ["note", "confirm"].includes(event.target.name)) return;
  clearTimeout(form.waits);
  form.waits = setTimeout(send, WAIT_MS, form, form.dataset.previewUrl, "#preview");
});
document.addEventListener("submit", (event) => {
  if (!("keeps" in event.target.dataset)) return;
  event.preventDefault();
  send(event.target, event.target.action, PAGE, event.submitter);
});
