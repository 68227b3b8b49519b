// Links with data-dialog open the page's form in a dialog; without scripts, or on any trouble, the page itself opens.
// Menus made of <details> close like menus do.

const frame = document.querySelector("[data-dialog-frame]");

async function open(link) {
  const answer = await fetch(link.href);
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const content = page.querySelector("[data-dialog-content]");
  if (!answer.ok || !content) return location.assign(link.href);
  for (const form of content.querySelectorAll("form:not([action])")) form.action = answer.url;
  frame.setAttribute("aria-label", content.querySelector("h1")?.textContent ?? "");
  frame.replaceChildren(frame.firstElementChild, document.importNode(content, true));
  frame.showModal();
  frame.querySelector("[autofocus]")?.focus();
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-dialog]");
  const plain = !event.ctrlKey && !event.metaKey && !event.shiftKey && event.button === 0;
  if (link && frame && plain) {
    event.preventDefault();
    open(link).catch(() => location.assign(link.href));
  } else if (frame?.open && (event.target === frame || event.target.closest("[data-dialog-cancel]"))) {
    event.preventDefault();
    frame.close();
  }
  for (const menu of document.querySelectorAll("details[data-menu][open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

document.addEventListener("keydown", (event) => {
  const menu = event.key === "Escape" && document.querySelector("details[data-menu][open]");
  if (!menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});
