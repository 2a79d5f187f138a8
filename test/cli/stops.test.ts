// How the command line ends before its time: wrong use, failures, signals, closed and full outputs.

import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { decodeSafetensors } from "../../src/formats/safetensors.ts";
import { run, shell, trainingFolder } from "../support/cli.ts";

const { folder, images, saved, log } = trainingFolder();
writeFileSync(join(folder, "file"), "not weights");

const SMALL = "--batch 32 --hidden 16 --projection 8 --validation 20 --threads 1";
const small = (more: string) =>
  ["train", "--data", images, ...SMALL.split(" "), ...more.split(" ")].map((word) =>
    word.replace("DIR", folder),
  );

describe("wrong use ends with code 2 and one line", () => {
  test.each([
    ["--batch 0", "--batch must be a whole number from 1 to 1048576, got 0"],
    ["--iteration 3", "unknown option --iteration; did you mean --iterations?"],
    ["--validation 200", /^--validation must be a whole number from 0 to 199, .*, got 200$/],
    ["--reproducible --build relaxed", "--reproducible needs the build simd or scalar, got build relaxed"],
  ])("train %s", async (more, message) => {
    const { code, stdout, stderr } = await run(small(`--quiet --iterations 3 ${more}`));
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    const [, line] = /^wasm-lstm: (.*)\n$/.exec(stderr) ?? [];
    if (typeof message === "string") expect(line).toBe(message);
    else expect(line).toMatch(message);
  });

  test("an unknown command", async () => {
    const { code, stderr } = await run(["tran"]);
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: "wasm-lstm: unknown command tran; did you mean train?\n",
    });
  });
});

describe("a failure ends with code 1 and one line, before training starts", () => {
  test.each([
    ["--save DIR/no/x", "--save DIR/no/x cannot be written: the folder DIR/no does not exist"],
    ["--save DIR", "--save DIR is a folder, expected a file"],
    ["--save DIR/file/x", "--save DIR/file/x cannot be written: DIR/file is not a folder"],
    ["--save /dev/null", "--save /dev/null is a device or pipe, expected a file"],
    ["--log DIR/no/x", "--log DIR/no/x cannot be written: the folder DIR/no does not exist"],
    ["--log DIR", "--log DIR is a folder, expected a file"],
    ["--log DIR/file/x", "--log DIR/file/x cannot be written: DIR/file is not a folder"],
    ["--data DIR/no", "--data DIR/no does not exist"],
    ["--data DIR/file", "--data DIR/file: expected a file that ends in .csv, .ts, .npy or .npz"],
    ["--data DIR", "--data DIR: train-images-idx3-ubyte not found"],
    ["--init DIR/no", "--init DIR/no cannot be read: no such file or directory"],
    ["--init DIR/file", "--init DIR/file: "],
    ["--init DIR", "--init DIR is a folder, expected a file"],
    ["--hidden 1000000", "this model needs "],
    ["--checkpoint DIR/no/x", "--checkpoint DIR/no/x cannot be written: the folder DIR/no does not exist"],
    ["--plot DIR", "--plot DIR is a folder, expected a file"],
    ["--confusion DIR/no/x", "--confusion DIR/no/x cannot be written: the folder DIR/no does not exist"],
    ["--resume DIR/no", "--resume DIR/no cannot be read: no such file or directory"],
    ["--resume DIR/file", "--resume DIR/file: "],
    ["--config DIR/file", "--config DIR/file: expected JSON: "],
  ])("train %s", async (more, message) => {
    const { code, stdout, stderr } = await run(small(`--quiet --iterations 1000000 ${more}`));
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr.startsWith(`wasm-lstm: ${message.replaceAll("DIR", folder)}`), stderr).toBe(true);
    expect(stderr.split("\n")).toHaveLength(2);
    expect(readdirSync(folder).sort()).toEqual(["file", "images"]);
  });

  test.skipIf(process.platform === "win32")(
    "and a log that is a pipe is not opened to find out",
    async () => {
      execFileSync("mkfifo", [log]); // nobody reads it: opening would wait
      const { code, stderr } = await run(small("--log DIR/l.jsonl --data DIR/no"));
      expect(code).toBe(1);
      expect(stderr).toBe(`wasm-lstm: --data ${folder}/no does not exist\n`);
    },
  );

  test("and an earlier log stays as it was", async () => {
    writeFileSync(log, "earlier");
    expect((await run(small("--log DIR/l.jsonl --data DIR"))).code).toBe(1);
    expect(readFileSync(log, "utf8")).toBe("earlier");
  });
});

describe("a loss that is not finite", () => {
  test("stops the run, says where, and saves the weights of before", async () => {
    const { code, stdout, stderr } = await run(
      small("--learning-rate 1e38 --save DIR/w.safetensors --log DIR/l.jsonl"),
    );
    expect(code).toBe(1);
    expect(stderr).toMatch(/\nsaved {2}\S+ \(native.*\n.*\n?wasm-lstm: the loss at update 1 is NaN: .*\n$/);
    expect(stdout).toContain("training 1 of 782 updates");
    expect(decodeSafetensors(readFileSync(saved), saved).tensors.size).toBe(7);
    expect(readFileSync(log, "utf8")).toMatch(/^\{"step":0,"loss":[\d.]+,"accuracy":[\d.]+,"ms":[\d.]+\}\n$/);
  });

  test("saves no weights that are not finite themselves", async () => {
    writeFileSync(saved, "earlier");
    const { code, stderr } = await run(
      small("--optimizer adamw --learning-rate 10 --weight-decay 1e38 --save DIR/w.safetensors"),
    );
    expect(code).toBe(1);
    expect(stderr).toMatch(/wasm-lstm: after 1 updates value 0 of \S+ is .*: training has diverged; /);
    expect(stderr).toMatch(
      /wasm-lstm: --save \S+ not written: the model: tensor .* expected finite values, got /,
    );
    expect(readFileSync(saved, "utf8")).toBe("earlier");
  });
});

describe.skipIf(process.platform === "win32")("signals", () => {
  const ENDLESS = "--iterations 1000000 --save DIR/w.safetensors --log DIR/l.jsonl";

  test.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)("%s ends the update, saves, reports", async (name, code) => {
    let sent = false;
    const outcome = await run(small(ENDLESS), (child, stdout) => {
      if (sent || !/step +0\//.test(stdout)) return;
      sent = true;
      child.kill(name);
      child.kill(name); // as npm passes on what the terminal has sent already
    });
    expect(outcome.code).toBe(code);
    expect(outcome.stderr).toMatch(new RegExp(`\\n${name}: finishing; once more quits at once\\nsaved `));
    const [, done] = /\ntraining ([\d,]+) of 1,000,000 updates in /.exec(outcome.stdout) ?? [];
    expect(Number(done?.replaceAll(",", ""))).toBeGreaterThan(0);
    expect(readFileSync(log, "utf8").split("\n")).toHaveLength(Number(done.replaceAll(",", "")) + 1);
    expect(outcome.stdout).toMatch(/\ntest accuracy .* 40 sequences\)\n/);
    expect(decodeSafetensors(readFileSync(saved), saved).tensors.size).toBe(7);
  });

  test("a second one quits at once", async () => {
    let sent = false;
    const args = "train --batch 16 --hidden 256 --validation 50000 --threads 1 --iterations 1000000".split(
      " ",
    );
    const begin = performance.now();
    let quit = 0;
    const outcome = await run(args, (child) => {
      if (sent) return;
      sent = true;
      child.kill("SIGINT");
      setTimeout(() => {
        quit = performance.now() - begin;
        child.kill("SIGINT");
      }, 600);
    });
    expect(outcome.code).toBe(130);
    expect(outcome.stdout).toMatch(/^step .*\n$/);
    expect(performance.now() - begin - quit).toBeLessThan(1000);
  });
});

describe.skipIf(process.platform === "win32")("outputs", () => {
  const ARGS = `train ${SMALL} --iterations 100000`;

  test("a reader that leaves ends the run quietly, and the weights are saved", async () => {
    const line = `$CLI ${ARGS} --data ${images} --save ${saved} 2>${folder}/stderr | head -1; echo "\${PIPESTATUS[0]}"`;
    const { stdout } = await shell(line);
    expect(stdout).toMatch(/^step {6}0\/100000 .*\n0\n$/);
    expect(readFileSync(`${folder}/stderr`, "utf8")).not.toMatch(/wasm-lstm: |EPIPE|\n\s+at /);
    expect(existsSync(saved)).toBe(true);
    rmSync(`${folder}/stderr`);
  });

  test("help into a reader that leaves", async () => {
    const { stdout, stderr } = await shell(`$CLI --help | head -1; echo "\${PIPESTATUS[0]}"`);
    expect(stdout).toBe("Usage: wasm-lstm <command> [options]\n0\n");
    expect(stderr).toBe("");
  });

  test.skipIf(!existsSync("/dev/full"))("a full disk under stdout", async () => {
    for (const args of [`${ARGS} --data ${images}`, "--help"]) {
      const { code, stderr } = await shell(`$CLI ${args} >/dev/full`);
      expect(code).toBe(1);
      expect(stderr).toMatch(/wasm-lstm: standard output: .*no space left on device.*\n$/);
    }
  });

  test.skipIf(!existsSync("/dev/full"))(
    "a full disk under the log ends the training, saves and reports",
    async () => {
      const { code, stdout, stderr } = await run(small("--log /dev/full --save DIR/w.safetensors"));
      expect(code).toBe(1);
      expect(stderr).toMatch(
        /saved .*\nwasm-lstm: --log \/dev\/full cannot be written: no space left on device\n$/,
      );
      expect(stdout).toMatch(/\ntest accuracy /);
      expect(existsSync(saved)).toBe(true);
    },
  );

  // A limit on the size of files takes the beginning of what is written, as a full disk does.
  test("a log that fills up ends with a whole line", async () => {
    const { code, stderr } = await shell(`ulimit -f 1; $CLI ${ARGS} --data ${images} --log ${log}`);
    const text = readFileSync(log, "utf8");
    expect(code).toBe(1);
    expect(stderr).toMatch(/\nwasm-lstm: --log \S+ cannot be written: file too large\n$/);
    expect(text.length).toBeGreaterThan(900);
    expect(text.length).toBeLessThanOrEqual(1024);
    text
      .trimEnd()
      .split("\n")
      .forEach((line, step) => {
        expect(JSON.parse(line)).toMatchObject({ step });
      });
  });

  test("weights that do not fit on the disk leave the earlier ones, and the report is printed", async () => {
    writeFileSync(saved, "earlier");
    const args = `train ${SMALL} --iterations 2 --data ${images} --save ${saved}`;
    const { code, stdout, stderr } = await shell(`ulimit -f 1; $CLI ${args}`);
    expect(code).toBe(1);
    expect(stderr).toMatch(/\nwasm-lstm: --save \S+ cannot be written: file too large\n$/);
    expect(stdout).toMatch(/\ntest accuracy /);
    expect(readFileSync(saved, "utf8")).toBe("earlier");
    expect(readdirSync(folder).sort()).toEqual(["file", "images", "w.safetensors"]);
  });
});
