// Moments relative to now, in the page's language; exact on hover, in the reader's own time zone.

const STEPS = [["day", 86400], ["hour", 3600], ["minute", 60]];
const language = document.documentElement.lang || "en";
const relative = new Intl.RelativeTimeFormat(language, { numeric: "auto", style: "short" });
const exact = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "long" });
const clock = new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false });

function tell(when) {
  const seconds = (when - Date.now()) / 1000;
  for (const [unit, size] of STEPS) {
    if (Math.abs(seconds) >= size) return relative.format(Math.trunc(seconds / size), unit);
  }
  return relative.format(Math.abs(seconds) < 5 ? 0 : Math.trunc(seconds), "second");
}

function tick() {
  for (const element of document.querySelectorAll("time[data-time]")) {
    const when = new Date(element.dateTime);
    const text = element.dataset.time === "clock" ? clock.format(when) : tell(when);
    if (element.textContent !== text) element.textContent = text;
    element.title = exact.format(when);
  }
}

tick();
setInterval(tick, 10000);
for (const event of ["live:updated", "page:changed"]) document.addEventListener(event, tick);
