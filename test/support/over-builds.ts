// One body of tests over every build this engine validates, naming in the report those it skips.

import { describe, test } from "vitest";
import { TEST_BUILDS, type TestBuild } from "./builds.ts";

export async function overBuilds<Loaded>(
  load: (build: TestBuild) => Promise<Loaded | undefined>,
  body: (loaded: Loaded, build: TestBuild) => void,
  builds: readonly TestBuild[] = TEST_BUILDS,
): Promise<void> {
  for (const build of builds) {
    const loaded = await load(build);
    if (loaded === undefined) test.skip(`${build}: skipped, this engine does not validate it`);
    else describe(build, () => body(loaded, build));
  }
}
