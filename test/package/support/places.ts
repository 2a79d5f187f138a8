// Where the tests find what set-up.ts has laid out.

import { fileURLToPath } from "node:url";

const here = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url));

/** A project of a user's: the packed tarball installed, and a folder for each bundler. */
export const PROJECT = here(".work");
export const INSTALLED = `${PROJECT}/node_modules/wasm-lstm`;
export const FIXTURES = here("fixtures");
export const ROOT = here("../..");
export const CHROMIUM = "/usr/bin/chromium";
export const FIREFOX = "/usr/bin/firefox-esr";
