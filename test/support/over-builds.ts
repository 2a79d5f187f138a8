// One body of tests over every build; an engine that does not validate one of them fails.

import { describe } from "vitest";
import { TEST_BUILDS, type TestBuild } from "./builds.ts";

export async function overBuilds<Loaded>(
  load: (build: TestBuild) => Promise<Loaded | undefined>,
  body: (loaded: Loaded, build: TestBuild) => void,
  builds: readonly TestBuild[] = TEST_BUILDS,
): Promise<void> {
  for (const build of builds) {
    const loaded = await load(build);
    if (loaded === undefined) throw new Error(`${build}: this engine does not validate it`);
    describe(build, () => body(loaded, build));
  }
}
