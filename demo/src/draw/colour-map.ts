// Values as colours that suit the page's paper: nothing is the paper itself. Steps are even to the eye, for they are
// taken in Oklab (bottosson.github.io/posts/oklab).

import { colour } from "../theme.ts";

type Triple = [number, number, number];

const STEPS = 256;

export interface ColourMap {
  /** [256, 4] bytes, from the lowest value to the highest. */
  table: Uint8ClampedArray;
  low: number;
  high: number;
}

/** From paper to ink's blue. */
export function sequential(low: number, high: number): ColourMap {
  return {
    low,
    high,
    table: table([colour("paper"), colour("blue-pale"), colour("blue"), colour("blue-deep")]),
  };
}

/** Below zero orange, zero paper, above blue. */
export function diverging(most: number): ColourMap {
  const below = [colour("orange-deep"), colour("orange"), colour("orange-pale")];
  const above = [colour("blue-pale"), colour("blue"), colour("blue-deep")];
  return { low: -most, high: most, table: table([...below, colour("paper"), ...above]) };
}

/** The map as a style sheet's gradient. */
export function gradient({ table }: ColourMap): string {
  const stops = Array.from({ length: 17 }, (_, i) => {
    const at = 4 * Math.round((i * (STEPS - 1)) / 16);
    return `rgb(${table[at]} ${table[at + 1]} ${table[at + 2]})`;
  });
  return `linear-gradient(90deg, ${stops.join(", ")})`;
}

function table(colours: string[]): Uint8ClampedArray {
  const labs = colours.map((text) => toLab(parse(text)));
  const out = new Uint8ClampedArray(4 * STEPS);
  for (let i = 0; i < STEPS; i++) {
    const at = (i * (labs.length - 1)) / (STEPS - 1);
    const from = Math.min(labs.length - 2, Math.floor(at));
    const mix = labs[from].map((v, k) => v + (at - from) * (labs[from + 1][k] - v)) as Triple;
    out.set([...fromLab(mix), 255], 4 * i);
  }
  return out;
}

// The style sheet's colours are #rrggbb.
function parse(text: string): Triple {
  return [1, 3, 5].map((at) => Number.parseInt(text.slice(at, at + 2), 16) / 255) as Triple;
}

function toLab(rgb: Triple): Triple {
  const [r, g, b] = rgb.map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}

function fromLab([L, A, B]: Triple): Triple {
  const l = (L + 0.3963377774 * A + 0.2158037573 * B) ** 3;
  const m = (L - 0.1055613458 * A - 0.0638541728 * B) ** 3;
  const s = (L - 0.0894841775 * A - 1.291485548 * B) ** 3;
  const linear = [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ];
  return linear.map((v) => 255 * (v <= 0.0031308 ? 12.92 * v : 1.055 * v ** (1 / 2.4) - 0.055)) as Triple;
}
