// Pieces of SVG: text is escaped here, and colours follow the reader's light or dark scheme.

const LIGHT = {
  paper: "#ffffff",
  ink: "#1f2328",
  soft: "#59636e",
  grid: "#d8dee4",
  blue: "#0969da",
  orange: "#bc4c00",
};
const DARK: typeof LIGHT = {
  paper: "#0d1117",
  ink: "#f0f6fc",
  soft: "#9198a1",
  grid: "#2d333b",
  blue: "#58a6ff",
  orange: "#f0883e",
};

/** A drawing of width x height, in CSS pixels, that says in words what it shows. */
export function svg(width: number, height: number, title: string, body: readonly string[]): string {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">`,
    `<title>${escaped(title)}</title>`,
    `<style>${rules(LIGHT)}@media (prefers-color-scheme: dark){${rules(DARK)}}</style>`,
    `<rect class="paper" width="${width}" height="${height}"/>`,
    ...body,
    "</svg>\n",
  ].join("\n");
}

function rules(colours: typeof LIGHT): string {
  const { paper, ink, soft, grid, blue, orange } = colours;
  return (
    `text{font:12px system-ui,sans-serif;fill:${ink}}.soft{fill:${soft}}.bold{font-weight:600}` +
    `.paper{fill:${paper}}.on{fill:${paper}}` +
    `.grid{stroke:${grid};fill:none}.axis{stroke:${soft};fill:none}` +
    `.blue{stroke:${blue}}.orange{stroke:${orange}}.blueFill{fill:${blue}}.orangeFill{fill:${orange}}` +
    ".line{fill:none;stroke-width:2;stroke-linejoin:round;stroke-linecap:round}"
  );
}

export interface TextOptions {
  /** Default "start". */
  anchor?: "start" | "middle" | "end";
  /** Classes of the style, space between them. */
  classes?: string;
  /** Degrees, clockwise around the place of the text. */
  turn?: number;
}

/** Text whose base line begins at (x, y). */
export function text(x: number, y: number, words: string, options: TextOptions = {}): string {
  const { anchor, classes, turn } = options;
  const more =
    (anchor === undefined ? "" : ` text-anchor="${anchor}"`) +
    (classes === undefined ? "" : ` class="${classes}"`) +
    (turn === undefined ? "" : ` transform="rotate(${turn} ${round(x)} ${round(y)})"`);
  return `<text x="${round(x)}" y="${round(y)}"${more}>${escaped(words)}</text>`;
}

export function line(x1: number, y1: number, x2: number, y2: number, classes: string): string {
  return `<path class="${classes}" d="M${round(x1)} ${round(y1)}L${round(x2)} ${round(y2)}"/>`;
}

/** A line through points [x, y]. */
export function polyline(points: readonly (readonly [number, number])[], classes: string, more = ""): string {
  if (points.length === 0) return "";
  return `<path class="${classes}"${more} d="M${points.map(([x, y]) => `${round(x)} ${round(y)}`).join("L")}"/>`;
}

export function rect(
  x: number,
  y: number,
  width: number,
  height: number,
  classes: string,
  more = "",
): string {
  return `<rect class="${classes}" x="${round(x)}" y="${round(y)}" width="${round(width)}" height="${round(height)}"${more}/>`;
}

export function circle(x: number, y: number, radius: number, classes: string): string {
  return `<circle class="${classes}" cx="${round(x)}" cy="${round(y)}" r="${radius}"/>`;
}

/** A hundredth of a pixel is enough. */
export function round(value: number): number {
  return Math.round(value * 100) / 100;
}

/** Characters that XML 1.0 cannot hold at all become U+FFFD. */
export function escaped(words: string): string {
  const names: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
  return words
    .replace(/[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu, "\ufffd")
    .replace(/[&<>"]/g, (char) => names[char]);
}
