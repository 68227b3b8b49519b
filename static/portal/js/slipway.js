// One module per behaviour; each listens on the document, so that swapped-in HTML needs no wiring.
import "./copy.js";
import "./dialog.js";
import "./live.js";
import "./palette.js";
import "./preview.js";
import "./rows.js";
import "./theme.js";
import "./time.js";

// After a refused form the focus goes to the first error.
document.querySelector("[aria-invalid=true], [data-first-error]")?.focus();
