// The header of a .ts file: the lines that begin with @, up to @data.

import { listNames } from "../data/class-names.ts";
import type { DataShape } from "../data/shape.ts";
import { fail, quote } from "./json-reader.ts";
import type { TextLines } from "./text-lines.ts";

export interface TsHeader {
  /** Features of every case, if the header says so. */
  dimensions: number | undefined;
  /** Steps of every case, if the header says so. */
  seriesLength: number | undefined;
  /** Whether all cases have the same number of steps; undefined: the header does not say. */
  equalLength: boolean | undefined;
  /** What stands behind the last colon of a case: its class, a number to predict, or nothing, not even the colon. */
  truth: DataShape["truth"];
  /** Empty unless the truth is classes. */
  classNames: string[];
}

/** Goes over all header lines. Tags that are not known are left out, as aeon does. */
export function readTsHeader(lines: TextLines, name: string): TsHeader {
  const tags = new Map<string, { line: number; values: string[] }>();
  for (;;) {
    if (!lines.next()) fail(name, "expected @data after the header, got the end of the file");
    const [tag, ...values] = lines.value().split(/\s+/);
    const key = tag.toLowerCase();
    if (!key.startsWith("@"))
      fail(name, `line ${lines.line}: expected a tag such as @data, got ${quote(tag)}`);
    if (key === "@data" && values.length === 0) break;
    if (key === "@data") {
      fail(name, `line ${lines.line}: expected @data alone on its line, got ${quote(values[0])}`);
    }
    if (tags.has(key)) fail(name, `line ${lines.line}: expected each tag once, got ${quote(tag)} again`);
    tags.set(key, { line: lines.line, values });
  }

  const flag = (tag: string): boolean | undefined => {
    const found = tags.get(tag.toLowerCase());
    if (found === undefined) return undefined;
    const value = found.values[0]?.toLowerCase();
    if (value === "true" || value === "false") return value === "true";
    fail(name, `line ${found.line}: expected ${tag} true or false, got ${listNames(found.values)}`);
  };
  const count = (tag: string): number | undefined => {
    const found = tags.get(tag.toLowerCase());
    if (found === undefined) return undefined;
    const value =
      found.values.length === 1 && /^\d{1,9}$/.test(found.values[0]) ? Number(found.values[0]) : 0;
    if (value > 0) return value;
    fail(
      name,
      `line ${found.line}: expected ${tag} and a whole number from 1, got ${listNames(found.values)}`,
    );
  };

  if (flag("@timeStamps")) {
    fail(
      name,
      "@timeStamps true is not supported: an LSTM sees the order of the steps, not their times; " +
        "write the values alone, the times as one more dimension if they matter",
    );
  }
  const equalLength = flag("@equalLength");
  const univariate = flag("@univariate");
  const dimensions = count("@dimensions") ?? count("@dimension") ?? (univariate ? 1 : undefined);
  if (univariate && dimensions !== 1)
    fail(name, `expected 1 dimension (@univariate true), got ${dimensions}`);

  const hasClasses = flag("@classLabel");
  const hasTargets = flag("@targetLabel");
  if (hasClasses && hasTargets) fail(name, "expected @classLabel or @targetLabel true, got both");
  const classNames = hasClasses ? tags.get("@classlabel")!.values.slice(1) : [];
  if (hasClasses && classNames.length === 0) {
    fail(name, "expected names of classes after @classLabel true, got none");
  }
  return {
    dimensions,
    seriesLength: equalLength === false ? undefined : count("@seriesLength"),
    equalLength,
    truth: hasClasses ? "classes" : hasTargets ? "targets" : "none",
    classNames,
  };
}
