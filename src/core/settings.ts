// A configuration as the core's settings and phases.

import { Optimizer, Phase, Region, Schedule, Setting } from "../../assembly/regions.ts";
import type { ModelConfig } from "../config.ts";
import type { ModelMemory } from "./memory.ts";

// An update as phases. Freezing all but the head leaves the way back through time out.
export function updatePhases({ trainable, clipNorm }: ModelConfig): Phase[] {
  const gradients =
    trainable === "all"
      ? [Phase.Train, Phase.KernelGradients, Phase.ProjectionGradients]
      : [Phase.Evaluate, Phase.HeadGradients];
  const norm = clipNorm < Number.POSITIVE_INFINITY ? [Phase.Norm] : [];
  return [Phase.Pack, ...gradients, ...norm, Phase.Update];
}

const OPTIMIZER_NUMBERS = {
  adam: Optimizer.Adam,
  adamw: Optimizer.Adam,
  sgd: Optimizer.Sgd,
  rmsprop: Optimizer.RmsProp,
};

const SCHEDULE_NUMBERS = {
  constant: Schedule.Constant,
  step: Schedule.Step,
  exponential: Schedule.Exponential,
  cosine: Schedule.Cosine,
};

/** @internal What the configuration tells the core; before its first pass. */
export function setModel(memory: ModelMemory, config: ModelConfig): void {
  const { type, steps = 1, rate = type === "cosine" ? 0 : 0.1, warmup = 0 } = config.schedule;
  const headOffset =
    memory.floats(Region.HeadKernel).byteOffset - memory.floats(Region.Parameters).byteOffset;
  const settings: [Setting, number][] = [
    [Setting.Steps, config.timeSteps],
    [Setting.LearningRate, config.learningRate],
    [Setting.Optimizer, OPTIMIZER_NUMBERS[config.optimizer]],
    [Setting.Beta1, config.beta1],
    [Setting.Beta2, config.beta2],
    [Setting.Epsilon, config.epsilon],
    [Setting.EpsilonHat, config.epsilonForm === "tf1" ? 1 : 0],
    [Setting.Momentum, config.momentum],
    [Setting.Nesterov, config.nesterov ? 1 : 0],
    [Setting.Rho, config.rho],
    [Setting.WeightDecay, config.weightDecay],
    [Setting.ClipNorm, config.clipNorm],
    [Setting.ClipValue, config.clipValue],
    [Setting.TrainableFrom, config.trainable === "all" ? 0 : headOffset / 4],
    [Setting.DropoutSeed, config.seed],
    [Setting.Schedule, SCHEDULE_NUMBERS[type]],
    [Setting.ScheduleSteps, steps],
    [Setting.ScheduleRate, rate],
    [Setting.WarmupSteps, warmup],
  ];
  for (const [setting, value] of settings) memory.set(setting, value);
  if (config.classWeights) memory.floats(Region.ClassWeights).set(config.classWeights);
}
