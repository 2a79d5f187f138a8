// Command lines: options of every command, and for a training all that is checked before a file is read.

import { shape as convert } from "../../src/cli/convert.ts";
import { shape as evaluate } from "../../src/cli/eval.ts";
import { shape as info } from "../../src/cli/info.ts";
import type { CommandShape } from "../../src/cli/options.ts";
import { optionsOf, parseArguments, UsageError } from "../../src/cli/options.ts";
import { shape as pack } from "../../src/cli/pack.ts";
import { shape as predict } from "../../src/cli/predict.ts";
import { planOf } from "../../src/cli/train-plan.ts";
import { shape as train } from "../../src/cli/train-shape.ts";
import { fuzzCalls } from "./calls.ts";
import type { Mutator } from "./mutator.ts";

const OTHERS: readonly CommandShape[] = [evaluate, info, convert, pack, predict];
const VALUES = [
  ...["0", "1", "7", "128", "-1", "0.5", "1e-3", "1e999", "NaN", "Infinity", "0x10", "9007199254740993", ""],
  ...[
    "lstm:4",
    "bilstm:3,gru:2",
    "lstm:4,,",
    "lstm:99999999",
    "rnn:0",
    "step:5:0.5",
    "cosine",
    "exponential:x",
    "step:1:2:3",
  ],
  ...[
    "adam",
    "sgd",
    "adamw",
    "ADAM",
    "all",
    "head",
    "auto",
    "simd",
    "relaxed",
    "regression",
    "balanced",
    "1,2,x",
    "native",
  ],
  ...["a.csv", "--", "--quiet", "-h", "-", "=", "ü", "x".repeat(10_000), "a\nb", "__proto__"],
];
/** Options that name a file which is read at once; what files may hold is the readers' to refuse. */
const READ = ["resume", "init", "config"];

function commandLine(mutator: Mutator, shape: CommandShape): string[] {
  const options = optionsOf(shape).filter(({ name }) => !READ.includes(name));
  const argv = shape.operands.map(() => "model.safetensors");
  for (let left = mutator.below(7); left > 0; left--) {
    const { name, value, short } = mutator.pick(options);
    const typed = mutator.chance(0.05) ? mutator.text(name, ["-", "=", "no-"]) : name;
    const words = [short !== undefined && mutator.chance(0.3) ? `-${short}` : `--${typed}`];
    if (value !== "" ? mutator.chance(0.97) : mutator.chance(0.03)) words.push(mutator.pick(VALUES));
    if (words.length === 2 && mutator.chance(0.3)) words.splice(0, 2, words.join("="));
    argv.push(...words);
  }
  if (mutator.chance(0.1))
    argv.splice(mutator.below(argv.length + 1), mutator.below(2), mutator.pick(VALUES));
  return argv;
}

fuzzCalls({
  what: "command lines",
  names: ["--"],
  // What stands alone, without an option, is refused by the command's name and what it takes; whether there is such a file
  // is the system's to say.
  allowed: (error) => "syscall" in error || (error instanceof UsageError && isTold(error.message)),
  async call(mutator, shown) {
    const shape = mutator.chance(0.7) ? train : mutator.pick(OTHERS);
    const argv = commandLine(mutator, shape);
    shown([shape.name, ...argv]);
    const { typed } = parseArguments(argv, shape);
    if (shape === train && !typed.help && !typed.version && !READ.some((name) => name in typed))
      await planOf(typed);
  },
});

/** In words of the command line. What was typed is repeated as it was, however long. */
function isTold(message: string): boolean {
  return /--\w|^unknown option|takes options only|needs [A-Z]/.test(message) && message.length < 25_000;
}
