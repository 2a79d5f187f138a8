// The library as it is published: the built package, whose declarations are those of the sources.

export function library(): Promise<typeof import("../../src/index.ts")> {
  return built("index.js");
}

export function mnistLoader(): Promise<typeof import("../../src/data/mnist-data-loader.ts")> {
  return built("data/mnist-data-loader.js");
}

function built<Module>(file: string): Promise<Module> {
  return import(/* @vite-ignore */ new URL(`../../dist/src/${file}`, import.meta.url).href);
}
