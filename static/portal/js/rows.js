// Add and remove rows of list fields. A removed row leaves the form; focus goes to where the next thing is typed.

document.addEventListener("click", (event) => {
  const add = event.target.closest("[data-rows-add]");
  const remove = event.target.closest("[data-rows-remove]");
  const field = (add ?? remove)?.closest("[data-rows]");
  if (!field) return;
  const list = field.querySelector("[data-rows-list]");
  if (add) {
    event.preventDefault();
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
