// Real browsers, and pages in them that run a program to its outcome.

import { type Browser, launch } from "puppeteer-core";
import { CHROMIUM, FIREFOX } from "./places.ts";

export const BROWSERS = ["chromium", "firefox"] as const;
export type BrowserName = (typeof BROWSERS)[number];

// Nothing but the page under test: no updates, no sync, no processor of graphics.
const CHROMIUM_FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export function start(name: BrowserName): Promise<Browser> {
  return name === "chromium"
    ? launch({ browser: "chrome", executablePath: CHROMIUM, headless: true, args: CHROMIUM_FLAGS })
    : launch({ browser: "firefox", executablePath: FIREFOX, headless: true });
}

/** What a page made of its program, and what it said meanwhile. */
export interface Outcome<T> {
  value?: T;
  /** "name: message" of what the program threw. */
  error?: string;
  messages: string[];
}

/** Opens a page of the fixtures and waits until its program has ended. `given` is the program's argument. */
export async function open<T>(browser: Browser, url: string, given: unknown): Promise<Outcome<T>> {
  const page = await browser.newPage();
  const messages: string[] = [];
  page.on("console", (message) => messages.push(message.text()));
  page.on("pageerror", (error) => messages.push(String(error)));
  try {
    await page.goto(`${url}?given=${encodeURIComponent(JSON.stringify(given))}`);
    // By the clock: a browser under load may draw no frame for long.
    const options = { timeout: 50_000, polling: 50 };
    await page.waitForFunction("globalThis.outcome !== undefined", options).catch((error) => {
      const said = messages.join(" | ") || "nothing";
      throw new Error(`no outcome of ${url}; the page said: ${said}`, { cause: error });
    });
    const outcome = (await page.evaluate("globalThis.outcome")) as { value?: T; error?: string };
    return { ...outcome, messages };
  } finally {
    await page.close();
  }
}
