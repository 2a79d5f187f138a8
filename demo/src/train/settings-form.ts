// The form of settings: checks what is typed, and says which of it changed.

import { rangeText, readSetting, type Settings } from "../settings.ts";

/** What makes another model. */
const OF_MODEL = ["layer", "units", "seed"] as const;

export class SettingsForm {
  readonly #form: HTMLFormElement;
  readonly #error: HTMLElement;

  /** `onChange` is told each setting that a visitor has changed to something that it may be. */
  constructor(form: HTMLFormElement, error: HTMLElement, onChange: (key: keyof Settings) => void) {
    this.#form = form;
    this.#error = error;
    this.#threads();
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("change", ({ target }) => {
      const field = target as HTMLInputElement;
      if (this.#check(field)) onChange(field.name as keyof Settings);
    });
  }

  show(settings: Settings): void {
    for (const [key, value] of Object.entries(settings)) {
      const field = this.#field(key);
      field.value = String(value);
      // A number of threads that the list does not have.
      if (field instanceof HTMLSelectElement && field.selectedIndex === -1) {
        field.add(new Option(String(value), String(value), false, true));
      }
      field.removeAttribute("aria-invalid");
    }
    this.#error.textContent = "";
  }

  /** What stands there; where that cannot be, what `settings` says. */
  read(settings: Readonly<Settings>): Settings {
    const entries = Object.entries(settings).map(([key, value]) => [
      key,
      readSetting(key as keyof Settings, this.#field(key).value) ?? value,
    ]);
    return Object.fromEntries(entries);
  }

  /** Whether another model is asked for than that of `settings`. */
  asksForAnother(settings: Readonly<Settings>): boolean {
    const read = this.read(settings);
    return OF_MODEL.some((key) => read[key] !== settings[key]);
  }

  static isOfModel(key: keyof Settings): boolean {
    return (OF_MODEL as readonly string[]).includes(key);
  }

  #check(field: HTMLInputElement | HTMLSelectElement): boolean {
    const key = field.name as keyof Settings;
    const isGood = readSetting(key, field.value) !== undefined;
    field.setAttribute("aria-invalid", String(!isGood));
    const name = field.labels?.[0]?.firstChild?.textContent?.trim();
    this.#error.textContent = isGood ? "" : `${name} must be ${rangeText(key as "units")}.`;
    return isGood;
  }

  #field(key: string): HTMLInputElement | HTMLSelectElement {
    return this.#form.elements.namedItem(key) as HTMLInputElement | HTMLSelectElement;
  }

  // A page of its own shares memory; others have one thread.
  #threads(): void {
    const select = this.#field("threads") as HTMLSelectElement;
    const cores = crossOriginIsolated ? (navigator.hardwareConcurrency ?? 1) : 1;
    const counts = [1, 2, 3, 4, 6, 8, 12, 16, 24, 32].filter((count) => count <= cores);
    select.add(new Option(cores > 1 ? "auto" : "one", "auto"));
    for (const count of counts) select.add(new Option(String(count), String(count)));
    select.disabled = cores === 1;
    if (!crossOriginIsolated) {
      select.title =
        "This page may not share memory between threads: its host does not isolate it from other origins.";
    }
  }
}
