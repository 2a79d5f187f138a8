// Visits to the built page in Debian's Chromium: a host, a browser, and pages that must say nothing to the console.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { fileURLToPath } from "node:url";
import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  chromium,
  type Page,
} from "playwright-core";
import { expect } from "vitest";
import { type Server, type ServerOptions, serve } from "../../test/package/support/server.ts";

const LAUNCH = {
  executablePath: "/usr/bin/chromium",
  args: [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
  ],
};

/** A busy machine takes its time; what never comes fails by it. */
const PATIENCE_MS = 120_000;

/** A model that learns fast on any machine. */
export const SMALL = "units=32&batch=64&rate=0.01&epochs=1";

/** The built page under a path, as a host has it. */
export function host(options: ServerOptions = { isolated: true }): Promise<Server & { page: string }> {
  const folder = fileURLToPath(new URL("../", import.meta.url));
  return serve(folder, options).then((server) => ({ ...server, page: `${server.url}dist/` }));
}

export const browse = (): Promise<Browser> => chromium.launch(LAUNCH);

/** A browser whose visitor has forbidden pages to store anything. */
export async function browseWithoutStorage(): Promise<{ context: BrowserContext; close(): Promise<void> }> {
  const profile = mkdtempSync(`${tmpdir()}/wasm-lstm-profile-`);
  mkdirSync(`${profile}/Default`);
  const preferences = { profile: { default_content_setting_values: { cookies: 2 } } };
  writeFileSync(`${profile}/Default/Preferences`, JSON.stringify(preferences));
  const context = await chromium.launchPersistentContext(profile, LAUNCH);
  return {
    context,
    async close() {
      await context.close();
      rmSync(profile, { recursive: true, force: true });
    },
  };
}

/** A page of its own context, and what it says to the console. */
export class Visit {
  readonly page: Page;
  readonly messages: string[] = [];

  private constructor(page: Page) {
    this.page = page;
    page.setDefaultTimeout(PATIENCE_MS);
    page.on("console", (message) => this.messages.push(message.text()));
    page.on("pageerror", (error) => this.messages.push(String(error)));
  }

  static async to(url: string, browser: Browser, options: BrowserContextOptions = {}): Promise<Visit> {
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
    return Visit.in(context, url);
  }

  static async in(context: BrowserContext, url: string): Promise<Visit> {
    const visit = new Visit(await context.newPage());
    await visit.page.goto(url);
    return visit;
  }

  async text(selector: string): Promise<string> {
    return (await this.page.locator(selector).textContent()) ?? "";
  }

  /** Waits until an element's text is that, or like that. */
  async reads(selector: string, text: string | RegExp): Promise<void> {
    await this.page.locator(selector).filter({ hasText: text }).waitFor();
  }

  /** The messages to the visitor, which are then dismissed. */
  async notices(): Promise<string> {
    await this.page.locator(".notice").first().waitFor();
    const text = await this.text("#notices");
    for (const button of await this.page.locator(".notice button").all()) await button.click();
    return text;
  }

  /** Updates made. */
  async made(): Promise<number> {
    return Number((await this.text("#updates-made")).replace(/\D/g, ""));
  }

  /** Trains until so many updates are made, at least, and pauses. */
  async train(updates: number): Promise<void> {
    await this.page.click("#start");
    await expect.poll(() => this.made(), { timeout: PATIENCE_MS }).toBeGreaterThanOrEqual(updates);
    await this.pause();
  }

  async pause(): Promise<void> {
    if ((await this.text("#start")) === "Pause") await this.page.click("#start");
    await this.reads("#start", /Resume|Train on/);
  }

  /** Draws through points, shares of the pad. */
  async draw(points: readonly (readonly [number, number])[]): Promise<void> {
    const pad = this.page.locator("#pad");
    await pad.scrollIntoViewIfNeeded();
    const { x, y, width, height } = (await pad.boundingBox())!;
    for (const [i, [across, down]] of points.entries()) {
      await this.page.mouse.move(x + across * width, y + down * height, { steps: 4 });
      if (i === 0) await this.page.mouse.down();
    }
    await this.page.mouse.up();
  }

  /** Ends it; nothing may have been said to the console. */
  async leave(): Promise<void> {
    expect(this.messages).toEqual([]);
    await this.page.context().close();
  }
}
