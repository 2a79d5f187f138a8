// The style sheet's colours for what is painted on canvases.

export type Colour = "ink" | "soft" | "line" | "paper" | `${"blue" | "orange"}${"" | "-pale" | "-deep"}`;

export function colour(name: Colour): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

/** Calls back when light becomes dark or the other way. */
export function onThemeChange(then: () => void): void {
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", then);
}

export const isStill = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
