// How often a property is tried: as often as its test says, or as WASM_LSTM_TRIALS does.

export function trialCount(usual: number): number {
  const text = process.env.WASM_LSTM_TRIALS;
  if (text === undefined) return usual;
  if (!/^[1-9]\d{0,6}$/.test(text))
    throw new RangeError(`WASM_LSTM_TRIALS must be a whole number from 1, got ${text}`);
  return Number(text);
}
