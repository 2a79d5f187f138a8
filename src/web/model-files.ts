// The readers and writers of models' files, in one file of their own: bundlers that split by modules would else give a
// page all that it shares with them.

export * from "../model-file.ts";
