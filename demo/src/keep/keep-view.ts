// What a visitor takes away: files, a link, and the fingerprint of the weights.

import { grouped } from "../figures.ts";
import { notify, reason } from "../notices.ts";
import { type Mark, toHash } from "../settings.ts";
import type { Run } from "../train/run.ts";
import { download, readFile, trainingFile, weightsFile } from "./files.ts";

/** Digits of the hash that a link carries. */
const MARK_DIGITS = 16;

const get = <E extends HTMLElement>(id: string) => document.getElementById(id) as E;

export class KeepView {
  readonly #run: Run;
  /** Of the run that the page's address names. */
  #shared: Mark | undefined;
  #latest: Mark | undefined;

  constructor(run: Run, shared: Mark | undefined) {
    this.#run = run;
    this.#shared = shared;
    if (shared) run.hashAt(shared.update);
    const name = () => `${run.settings.layer}-${run.settings.units}-update-${run.made}`;
    this.#button("save", "The training could not be saved", async () => {
      download(trainingFile(await run.checkpoint()), `${name()}.training.safetensors`);
    });
    for (const [id, format, ending] of [
      ["safetensors", "native", "safetensors"],
      ["onnx", "onnx", "onnx"],
    ] as const) {
      this.#button(id, "The weights could not be saved", async () => {
        download(await weightsFile(await run.model(), format), `${name()}.${ending}`);
      });
    }
    const file = get<HTMLInputElement>("file");
    this.#button("open", "The file could not be opened", async () => file.click());
    file.addEventListener("change", () => this.#open(file));
    this.#button("share", "The link could not be copied", () => this.#share());
  }

  show(mark: Mark): void {
    this.#latest = mark;
    get("hash-label").textContent = `SHA-256 of the weights after update ${grouped(mark.update)}`;
    get("hash").textContent = mark.hash;
    const shared = this.#shared;
    if (shared?.update !== mark.update) return;
    const same = mark.hash.startsWith(shared.hash);
    get("hash-match").textContent = same
      ? `After update ${shared.update} the weights were those of the shared run, bit for bit.`
      : `After update ${shared.update} the weights were not those of the shared run. Relaxed SIMD may round ` +
        "differently on another processor; the builds SIMD and scalar give the same bits everywhere.";
    get("hash-match").className = same ? "good" : "";
  }

  rewind(): void {
    this.#latest = undefined;
    get("hash-label").textContent = "SHA-256 of the weights";
    get("hash").textContent = "after the first 100 updates";
    get("hash-match").textContent = "";
  }

  async #open(input: HTMLInputElement): Promise<void> {
    const [file] = input.files ?? [];
    input.value = "";
    if (!file) return;
    try {
      await this.#run.adopt(await readFile(file));
      notify(`${file.name} is open: ${grouped(this.#run.made)} updates behind it.`);
    } catch (error) {
      notify(
        `${file.name} could not be opened, and the model here stays as it is. ${sentence(reason(error))}`,
        "trouble",
      );
    }
  }

  async #share(): Promise<void> {
    const { isRepeatable, settings } = this.#run;
    const mark = isRepeatable ? this.#latest : undefined;
    const hash = toHash(settings, mark && { ...mark, hash: mark.hash.slice(0, MARK_DIGITS) });
    const link = new URL(`#${hash}`, location.href).href;
    try {
      await navigator.clipboard.writeText(link);
      notify(
        mark
          ? `The link is copied. Whoever trains by it sees whether the weights after update ${grouped(mark.update)} are these.`
          : "The link with these settings is copied.",
      );
    } catch {
      notify(`The browser keeps the clipboard to itself. The link: ${link}`);
    }
  }

  #button(id: string, trouble: string, work: () => Promise<void>): void {
    const button = get<HTMLButtonElement>(id);
    button.addEventListener("click", async () => {
      button.disabled = true;
      try {
        await work();
      } catch (error) {
        notify(`${trouble}: ${reason(error)}`, "trouble");
      } finally {
        button.disabled = false;
      }
    });
  }
}

function sentence(text: string): string {
  return `${text[0].toUpperCase()}${text.slice(1)}${text.endsWith(".") ? "" : "."}`;
}
