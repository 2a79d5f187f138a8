// One contender: a long-lived process that sleeps unless it is told to compute.

import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import type { Engine } from "./engine.ts";
import type {
  About,
  Command,
  Memory,
  Order,
  PhaseTime,
  Predicted,
  Reply,
  Sizes,
  Trained,
} from "./protocol.ts";

/** Which contender: enough to start it again. */
export interface Spec {
  /** Unique in a section, e.g. "relaxed-2". */
  key: string;
  title: string;
  /** A module that exports `start`, or a Python script that speaks the protocol itself. */
  side: URL;
  threads: number;
  options: Record<string, string>;
  /** Whether V8 is told to merge neighbouring 128-bit operations. */
  turbo: boolean;
  /** Rounds it takes part in; a slow one in a few only. Default all. */
  rounds?: number;
  /** Units it is run at least before it is timed. */
  warmUnits?: number;
  /** Other sizes than the section's. */
  sizes?: Partial<Sizes>;
}

const CHILD = fileURLToPath(new URL("./child.js", import.meta.url));
const KEPT_ERROR_CHARACTERS = 2000;

export class Contender {
  readonly spec: Spec;
  about: About = { name: "" };
  readonly #process: ChildProcess;
  #errors = "";
  #waiting: { resolve: (value: unknown) => void; reject: (error: Error) => void } | undefined;

  private constructor(spec: Spec, engine: Engine) {
    this.spec = spec;
    const path = fileURLToPath(spec.side);
    const [command, args] = path.endsWith(".py")
      ? [engine.python!, [path]]
      : [engine.node, [...engine.flags(spec.turbo), CHILD, spec.side.href]];
    this.#process = spawn(command, args, { stdio: ["pipe", "ignore", "pipe", "pipe"] });
    this.#process.stderr!.setEncoding("utf8").on("data", (text: string) => {
      this.#errors = (this.#errors + text).slice(-KEPT_ERROR_CHARACTERS);
    });
    this.#process.on("error", (error) => this.#fail(error.message));
    this.#process.on("exit", (code, signal) => this.#fail(`its process ended (${signal ?? code})`));
    this.#process.stdin!.on("error", () => {});
    createInterface({ input: this.#process.stdio[3] as Readable }).on("line", (line) => this.#settle(line));
  }

  static async start(spec: Spec, engine: Engine, order: Order): Promise<Contender> {
    const contender = new Contender(spec, engine);
    const sizes = { ...order.sizes, ...spec.sizes };
    try {
      contender.about = (await contender.#call({
        do: "start",
        order: { ...order, sizes, threads: spec.threads, options: spec.options },
      })) as About;
    } catch (error) {
      contender.close();
      throw error;
    }
    return contender;
  }

  train(first: number, warm: number, count: number): Promise<Trained> {
    return this.#call({ do: "train", first, warm, count }) as Promise<Trained>;
  }

  predict(rows: number, warm: number, count: number): Promise<Predicted> {
    return this.#call({ do: "predict", rows, warm, count }) as Promise<Predicted>;
  }

  phases(count: number): Promise<PhaseTime[]> {
    return this.#call({ do: "phases", count }) as Promise<PhaseTime[]>;
  }

  async askAbout(): Promise<About> {
    this.about = (await this.#call({ do: "about" })) as About;
    return this.about;
  }

  memory(): Promise<Memory> {
    return this.#call({ do: "memory" }) as Promise<Memory>;
  }

  close(): void {
    this.#process.stdin!.end();
    this.#process.kill("SIGKILL");
  }

  #call(command: Command): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
      if (this.#process.exitCode !== null) this.#fail("its process has ended");
      else this.#process.stdin!.write(`${JSON.stringify(command)}\n`);
    });
  }

  #settle(line: string): void {
    const reply = JSON.parse(line) as Reply;
    if ("error" in reply) this.#fail(reply.error);
    else this.#waiting?.resolve(reply.ok);
    this.#waiting = undefined;
  }

  #fail(message: string): void {
    const said = this.#errors.trim();
    this.#waiting?.reject(new Error(`${this.spec.title}: ${message}${said ? `\n${said}` : ""}`));
    this.#waiting = undefined;
  }
}
