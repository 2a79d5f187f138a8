// Models in files: the part of the public API that reads, writes and converts them.

export {
  type Container,
  type ConvertedFile,
  convert,
  type DecodeOptions,
  decodeModel,
  detectContainer,
  TARGETS,
  type Target,
} from "./convert.ts";
export { checkDescription } from "./description.ts";
export type { Mapped } from "./layout.ts";
export type { ModelFile } from "./model-file.ts";
export { encodeMoments } from "./moments.ts";
export type { DialectName, ReadModel, Report } from "./named-tensors.ts";
export type { OnnxOptions } from "./onnx-write.ts";
export {
  type TfjsArtifacts,
  type TfjsLoadHandler,
  type TfjsSaveHandler,
  tfjsLoadHandler,
  tfjsSaveHandler,
} from "./tfjs.ts";
