// Ctrl-K: go to or do anything by typing.
import { parse } from "./morph.js";

const frame = document.querySelector("[data-palette-frame]");
const input = frame?.querySelector("input");
const list = frame?.querySelector("[role=listbox]");
let asked = 0;

const options = () => [...list.querySelectorAll("a[role=option]")];

async function ask() {
  const turn = ++asked;
  const answer = await fetch(`${frame.dataset.url}?hits&q=${encodeURIComponent(input.value)}`);
  if (turn !== asked || !answer.ok) return;
  list.replaceChildren(parse(await answer.text()));
  choose(list.querySelector("[aria-selected=true]"));
}

function choose(option) {
  if (!option) return input.removeAttribute("aria-activedescendant");
  for (const other of options()) other.setAttribute("aria-selected", other === option);
  input.setAttribute("aria-activedescendant", option.id);
  option.scrollIntoView({ block: "nearest" });
}

function open() {
  if (!frame?.dataset.url) return;
  frame.showModal();
  input.select();
  ask();
}

function keys(event) {
  const all = options();
  const at = all.findIndex((option) => option.getAttribute("aria-selected") === "true");
  if (event.key === "ArrowDown") choose(all[(at + 1) % all.length]);
  else if (event.key === "ArrowUp") choose(all.at(at - 1));
  else if (event.key === "Enter") all[at]?.click();
  else return;
  event.preventDefault();
}

if (frame) {
  input.addEventListener("input", ask);
  input.addEventListener("keydown", keys);
  frame.addEventListener("click", (event) => (event.target === frame || event.target.closest("a")) && frame.close());
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") { event.preventDefault(); open(); }
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-palette]") && !event.ctrlKey && !event.metaKey) { event.preventDefault(); open(); }
  });
}
