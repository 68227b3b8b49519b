// Hide fields that mean nothing to what is chosen in another field: [data-only] names it, [data-only-for] lists values.

const chosen = (field) => {
  const row = field.closest("[data-row]");
  const name = field.dataset.only;
  const within = row?.querySelector(`[name$="]${name}"]`);
  return within ?? field.closest("form")?.elements.namedItem(name);
};

const show = (root) => {
  for (const field of root.querySelectorAll("[data-only]")) {
    const control = chosen(field);
    if (control) field.hidden = !field.dataset.onlyFor.split(" ").includes(control.value);
  }
};

document.addEventListener("input", (event) => show(event.target.closest?.("form") ?? document));
show(document);
