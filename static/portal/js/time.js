// Moments relative to now, in the page's language; exact on hover, in the reader's own time zone.

const STEPS = [["day", 86400], ["hour", 3600], ["minute", 60]];
const language = document.documentElement.lang || "en";
const relative = new Intl.RelativeTimeFormat(language, { numeric: "auto", style: "short" });
const exact = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "long" });
const clock = new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false });

function tell(when) {
  const seconds = (when - Date.now()) / 1000;
  const [unit, size] = STEPS.find(([, size]) => Math.abs(seconds) >= size) ?? ["second", 1];
  return relative.format(Math.abs(seconds) < 5 ? 0 : Math.trunc(seconds / size), unit);
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
