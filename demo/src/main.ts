// The page: one run, and the views that show it.

import { DrawView } from "./draw/draw-view.ts";
import { grouped, percent } from "./figures.ts";
import { ImageSource, TEST_IMAGES, TRAINING_IMAGES } from "./images.ts";
import type { Images } from "./images-protocol.ts";
import { KeepView } from "./keep/keep-view.ts";
import { catchAll, notify, reason } from "./notices.ts";
import { isolate, keepPage, type Offline } from "./offline.ts";
import { RaceView } from "./race/race-view.ts";
import { fromHash, type Settings, toHash } from "./settings.ts";
import { ConfusionTable } from "./train/confusion.ts";
import { Curves } from "./train/curves.ts";
import { MistakeList } from "./train/mistakes.ts";
import { Readouts } from "./train/readouts.ts";
import { type Phase, Run, type RunListener } from "./train/run.ts";
import { SettingsForm } from "./train/settings-form.ts";

const get = <E extends HTMLElement>(id: string) => document.getElementById(id) as E;
const OFFLINE: Record<Offline, string> = {
  ready: "This page works without a network from now on.",
  "no storage": "This browser keeps nothing for the page: it works, but not without a network.",
  "not secure": "Over plain HTTP the page works, but not without a network, and on one thread.",
  failed: "The page could not be kept for a visit without a network.",
  "not built": "",
};
/** A test image whose reading changes its mind. */
const FIRST_IMAGE = 4;
const BUTTONS: Record<Phase, string> = {
  fresh: "Start training",
  running: "Pause",
  paused: "Resume",
  done: "Train on",
};

catchAll();
let hasBegun = false;
const kept = keepPage();
kept.then((offline) => {
  get("offline").textContent = OFFLINE[offline];
});
await isolate(kept, () => !hasBegun);
begin();

function begin(): void {
  const progress = get<HTMLProgressElement>("progress");
  const source = new ImageSource((share) => {
    if (run.made > 0 || share < progress.value) return;
    progress.value = share;
    if (run.phase === "fresh") doing(share < 1 ? `Loading images, ${percent(share, 0)}` : "Ready");
  });
  const images = imageSets(source);

  const curves = new Curves(get("loss-chart"), get("accuracy-chart"), (text) => {
    get("curve-point").textContent = text;
  });
  const readouts = new Readouts();
  const confusion = new ConfusionTable(get("confusion"), (kind) => mistakes.only(kind));
  const mistakes = new MistakeList(
    {
      list: get("mistakes"),
      title: get("mistakes-title"),
      all: get("all-mistakes"),
      empty: get("mistakes-empty"),
    },
    (image) => {
      draw.put(image);
      get("draw").scrollIntoView({ block: "start" });
      get("pad").focus({ preventScroll: true });
    },
  );

  const listener: RunListener = {
    onDoing(text) {
      if (run.phase === "running") doing(text);
    },
    onModel: (info) => readouts.engine(info),
    onPhase(phase) {
      // What stands still says where it stands.
      readouts.show();
      get("start").textContent = BUTTONS[phase];
      get<HTMLButtonElement>("step").disabled = phase === "running";
      if (phase === "fresh") doing("Ready");
      if (phase === "paused") doing("Paused");
      if (phase === "done") doing("Done");
      showSettings();
      say({ fresh: "A new run", running: "Training", paused: "Paused", done: "Training is done" }[phase]);
    },
    onUpdates(updates) {
      curves.add(updates);
      readouts.add(updates, curves.loss.mean);
      progress.value = Math.min(1, run.seen / run.goal);
      progress.setAttribute("aria-label", "Training");
      draw.again();
    },
    async onTest(result, made) {
      curves.test(result, made);
      readouts.test(result);
      confusion.show(result.confusion);
      mistakes.show(result.mistakes, (await images.test()).pixels);
      draw.again();
      say(`Update ${made}: test accuracy ${percent(result.accuracy)}`);
    },
    onHash: (mark) => keep.show(mark),
    onRewind(made) {
      curves.rewind(made);
      readouts.rewind(made);
      keep.rewind();
      form.show(run.settings);
      progress.value = Math.min(1, run.seen / run.goal);
      draw.again();
    },
    onTrouble(error) {
      notify(trouble(error, run), "trouble");
    },
  };

  const shared = fromHash(location.hash);
  const run = new Run(shared.settings, images, listener);
  const keep = new KeepView(run, shared.mark);
  const draw = new DrawView(run, images.test);
  // Something to look at before there is anything else.
  images.test().then(
    () => draw.begin(FIRST_IMAGE),
    () => {},
  );
  new RaceView(
    () => form.read(run.settings),
    (count) => source.get("train", count),
    () => run.pause(),
  );

  const form = new SettingsForm(get("settings"), get("settings-error"), (key) => changed(key));
  form.show(run.settings);
  if (shared.refused.length > 0) {
    notify(`The address asks for what cannot be, ${shared.refused.join(", ")}; the usual takes its place.`);
  }

  get("start").addEventListener("click", () => {
    hasBegun = true;
    if (run.phase === "running") run.pause();
    else run.start();
  });
  get("step").addEventListener("click", () => run.step());
  get("restart").addEventListener("click", () => again(form.read(run.settings)));
  get("reseed").addEventListener("click", () => {
    const settings = form.read(run.settings);
    again({ ...settings, seed: settings.seed + 1 });
  });
  followLinks();

  async function again(settings: Settings): Promise<void> {
    await run.restart(settings);
    await run.start();
  }

  async function changed(key: keyof Settings): Promise<void> {
    const settings = form.read(run.settings);
    if (!SettingsForm.isOfModel(key)) await run.change({ [key]: settings[key] });
    else if (run.made === 0 && run.phase === "fresh") await run.restart(settings);
    showSettings();
  }

  // What a visitor has typed and not yet begun stays.
  function showSettings(): void {
    const waits = run.made > 0 && form.asksForAnother(run.settings);
    get("restart").classList.toggle("primary", waits);
    get("restart").textContent = waits ? "Restart with these" : "Restart";
    if (!waits) form.show(run.settings);
    history.replaceState(null, "", `#${toHash(run.settings)}`);
  }
}

/** The training images of the first model are loaded before it is asked for. */
function imageSets(source: ImageSource) {
  let train: Promise<Images> | undefined = source.get("train", TRAINING_IMAGES);
  let test: Promise<Images> | undefined;
  const images = {
    train() {
      const first = train ?? source.get("train", TRAINING_IMAGES);
      train = undefined;
      return first;
    },
    test() {
      test ??= source.get("test", TEST_IMAGES).catch((error) => {
        test = undefined;
        throw error;
      });
      return test;
    },
  };
  train.catch((error) => {
    train = undefined;
    notify(`The images could not be loaded: ${reason(error)}. Start tries again.`, "trouble");
  });
  images.test().catch(() => {});
  return images;
}

// The part of the address behind # is the run's: links within the page scroll and leave it alone, and another run's
// address is another visit.
function followLinks(): void {
  addEventListener("hashchange", () => {
    if (location.hash.includes("=")) location.reload();
  });
  for (const link of document.querySelectorAll<HTMLAnchorElement>('a[href^="#"]')) {
    link.addEventListener("click", (event) => {
      event.preventDefault();
      const target = get(link.hash.slice(1));
      target.tabIndex = -1;
      target.focus({ preventScroll: true });
      target.scrollIntoView();
    });
  }
}

function doing(text: string): void {
  get("doing").textContent = text;
}

function say(text: string): void {
  get("train-status").textContent = text;
}

function trouble(error: unknown, run: Run): string {
  const text = reason(error);
  if (/^the loss at update/.test(text)) {
    return `The loss is no longer a number: a learning rate of ${run.settings.rate} is too high. Lower it and resume, or restart.`;
  }
  const from = run.made === 0 ? "from the beginning" : `from update ${grouped(run.made)}`;
  return `The training stopped: ${text}. It goes on ${from} when you press the button again.`;
}
