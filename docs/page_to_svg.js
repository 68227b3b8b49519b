// Draws the page that is open as SVG: boxes, icons and every line of text where the browser laid it out.
// Evaluated in the page by make_screenshots.py; gives the drawing as text, so that it can be kept and compared in git.
() => {
  const width = window.innerWidth, height = window.innerHeight;
  const escaped = (text) => text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/"/g, "&quot;");
  const short = (number) => String(Math.round(number * 10) / 10);
  const clear = (colour) => colour === "transparent" || /, 0\)$/.test(colour) || / 0\)$/.test(colour);
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const hex = (colour) => { // any colour CSS knows, as one that every reader of SVG knows
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
    const solid = "#" + [r, g, b].map((one) => one.toString(16).padStart(2, "0")).join("");
    return a === 255 ? solid : `${solid}${a.toString(16).padStart(2, "0")}`;
  };
  const families = ["ui-monospace, monospace", "system-ui, sans-serif"];
  const drawn = [];

  const box = (element, style) => {
    const at = element.getBoundingClientRect();
    if (at.width < 1 || at.height < 1 || at.top > height || at.left > width) return;
    const edges = ["Top", "Right", "Bottom", "Left"].map((side) => ({
      wide: parseFloat(style[`border${side}Width`]) || 0,
      colour: style[`border${side}Color`],
      shown: style[`border${side}Style`] !== "none",
    }));
    const framed = edges.filter((edge) => edge.shown && edge.wide && !clear(edge.colour));
    const filled = !clear(style.backgroundColor);
    const radius = Math.min(parseFloat(style.borderTopLeftRadius) || 0, at.width / 2, at.height / 2);
    const place = `x="${short(at.left)}" y="${short(at.top)}" width="${short(at.width)}" height="${short(at.height)}"`;
    if (filled || framed.length === 4) {
      const stroke = framed.length === 4 ? ` stroke="${hex(framed[0].colour)}" stroke-width="${framed[0].wide}"` : "";
      const fill = filled ? hex(style.backgroundColor) : "none";
      drawn.push(`<rect ${place}${radius ? ` rx="${short(radius)}"` : ""} fill="${fill}"${stroke}/>`);
    }
    if (framed.length && framed.length < 4) {
      const lines = [
        [at.left, at.top, at.right, at.top], [at.right, at.top, at.right, at.bottom],
        [at.left, at.bottom, at.right, at.bottom], [at.left, at.top, at.left, at.bottom],
      ];
      edges.forEach((edge, side) => {
        if (!framed.includes(edge)) return;
        const [x1, y1, x2, y2] = lines[side].map(short);
        drawn.push(`<path d="M${x1} ${y1}L${x2} ${y2}" stroke="${hex(edge.colour)}" stroke-width="${edge.wide}"/>`);
      });
    }
  };

  const words = (node, style) => {
    const range = document.createRange(), lines = [];
    for (const match of node.data.matchAll(/\S+/g)) {
      range.setStart(node, match.index);
      range.setEnd(node, match.index + match[0].length);
      const at = range.getBoundingClientRect(), last = lines.at(-1);
      if (!at.width || at.top > height) continue;
      if (last && Math.abs(last.at.top - at.top) < 2) last.text += ` ${match[0]}`, last.right = at.right;
      else lines.push({ at, text: match[0], right: at.right });
    }
    const size = parseFloat(style.fontSize), family = /mono/i.test(style.fontFamily) ? families[0] : families[1];
    for (const line of lines) {
      const text = style.textTransform === "uppercase" ? line.text.toUpperCase() : line.text;
      const baseline = line.at.top + line.at.height / 2 + size * 0.35;
      drawn.push(
        `<text x="${short(line.at.left)}" y="${short(baseline)}" textLength="${short(line.right - line.at.left)}" ` +
        `lengthAdjust="spacingAndGlyphs" font-size="${short(size)}" font-weight="${style.fontWeight}" ` +
        `font-family="${family}" fill="${hex(style.color)}">${escaped(text)}</text>`);
    }
  };

  const icon = (element, style) => {
    const at = element.getBoundingClientRect(), copy = element.cloneNode(true);
    if (!at.width || at.top > height) return;
    const placed = { x: short(at.left), y: short(at.top), width: short(at.width), height: short(at.height) };
    for (const [name, value] of Object.entries(placed)) copy.setAttribute(name, value);
    for (const name of ["class", "aria-hidden", "focusable", "style", "role"]) copy.removeAttribute(name);
    const resolved = (value) => (value === "none" || !value ? "none" : hex(value));
    copy.setAttribute("fill", resolved(style.fill));
    copy.setAttribute("stroke", resolved(style.stroke));
    copy.setAttribute("color", hex(style.color));
    drawn.push(copy.outerHTML.replace(/\s+/g, " ").replace(/ xmlns="[^"]*"/, ""));
  };

  const window_on = (at) => { // what scrolls is cut off at its edges
    const [x, y, w, h] = [at.left, at.top, at.width, at.height].map(short);
    return `<svg x="${x}" y="${y}" width="${w}" height="${h}" viewBox="${x} ${y} ${w} ${h}">`;
  };

  const draw = (element) => {
    const style = getComputedStyle(element);
    if (!element.checkVisibility({ opacityProperty: true, visibilityProperty: true })) return;
    if (element.getBoundingClientRect().width <= 1 && style.position === "absolute") return; // for screen readers
    if (element.tagName.toLowerCase() === "svg") return icon(element, style);
    if (style.display !== "contents") box(element, style);
    const cut = style.overflowX !== "visible" && element.scrollWidth > element.clientWidth + 1;
    if (cut) drawn.push(window_on(element.getBoundingClientRect()));
    for (const child of element.childNodes) {
      if (child.nodeType === Node.ELEMENT_NODE) draw(child);
      else if (child.nodeType === Node.TEXT_NODE && child.data.trim()) words(child, style);
    }
    if (cut) drawn.push("</svg>");
  };

  draw(document.body);
  const ground = hex(getComputedStyle(document.documentElement).backgroundColor);
  const head = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}">`;
  return [head, `<rect width="100%" height="100%" fill="${ground}"/>`, ...drawn, "</svg>", ""].join("\n");
}
