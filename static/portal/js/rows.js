// Add and remove rows of list fields, focus where one types next; hide what means nothing to a choice, if it is blank.

document.addEventListener("click", (event) => {
  const [add, remove] = ["add", "remove"].map((one) => event.target.closest(`[data-rows-${one}]`));
  const field = (add ?? remove)?.closest("[data-rows]");
  if (!field) return;
  const list = field.querySelector("[data-rows-list]");
  event.preventDefault();
  if (add) {
    const used = [...list.querySelectorAll("[name]")].map((input) => Number(/\[(\d+)\]/.exec(input.name)?.[1] ?? -1));
    const html = field.querySelector("template").innerHTML.replaceAll("__index__", Math.max(-1, ...used) + 1);
    list.insertAdjacentHTML("beforeend", html);
    list.lastElementChild.querySelector("input:not([type=hidden]), select, textarea")?.focus();
  } else {
    const row = remove.closest("[data-row]");
    const near = row.nextElementSibling ?? row.previousElementSibling;
    row.remove();
    (near?.querySelector("[data-rows-remove]") ?? field.querySelector("[data-rows-add]")).focus();
  }
  field.dispatchEvent(new Event("input", { bubbles: true }));
});
const choose = () => document.querySelectorAll("[data-only]").forEach((field) => {
  const control = field.parentElement.closest("[data-row], form").querySelector(`[name$="${field.dataset.only}"]`);
  const said = field.querySelectorAll(":scope.cell :is(textarea, :checked, input:not([type=hidden], [type=checkbox]))");
  field.hidden = ![...said].some((one) => one.value) && !field.dataset.onlyFor.split(" ").includes(control.value);
});
document.addEventListener("input", choose), choose();
