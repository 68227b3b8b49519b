// A button that copies the text of the element it names.

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const source = document.getElementById(button.dataset.copy);
  try {
    await navigator.clipboard.writeText(source.textContent);
  } catch {
    // No clipboard on this address: select it, so that the person's own keys can copy.
    return getSelection().selectAllChildren(source);
  }
  const label = button.querySelector("span");
  const before = label.textContent;
  label.textContent = button.dataset.wordCopied;
  setTimeout(() => { label.textContent = before; }, 2000);
});
