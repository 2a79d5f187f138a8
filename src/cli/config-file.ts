// A file of createModel's options as JSON.

import { type ModelOptions, modelConfig } from "../config.ts";
import { readWhole } from "../files.ts";

/** What the data decides may be left out. Throws an Error that names the file for anything createModel would refuse. */
export function readConfig(path: string): Partial<ModelOptions> {
  const name = `--config ${path}`;
  const text = new TextDecoder().decode(readWhole(path, name));
  let options: Partial<ModelOptions>;
  try {
    options = JSON.parse(text);
  } catch (error) {
    throw new Error(`${name}: expected JSON: ${(error as Error).message}`);
  }
  try {
    checkOptions(options);
  } catch (error) {
    throw new Error(`${name}: ${(error as Error).message}`);
  }
  return options;
}

/** As modelConfig, where sizes that the data decides may be missing. */
export function checkOptions(options: Partial<ModelOptions>): void {
  const isObject = typeof options === "object" && options !== null && !Array.isArray(options);
  if (!isObject) {
    modelConfig(options as ModelOptions);
    return;
  }
  const { head, classes, classWeights, layers, units } = options;
  const outputs = Array.isArray(classWeights) && classWeights.length > 0 ? classWeights.length : 1;
  modelConfig({
    ...{ timeSteps: 1, features: 1 },
    ...(layers === undefined && units === undefined && { units: 1 }),
    ...(head === undefined && classes === undefined && { classes: outputs }),
    ...options,
    ...(typeof head === "object" && head !== null && { head: { ...head, units: head.units ?? outputs } }),
  });
}
