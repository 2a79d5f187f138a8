export interface EdgeFunction {
  name: string;
  comment: string;
  parameters: [name: string, type: string][];
  result: string;
}
export function edgeFunctions(): EdgeFunction[];
export function trainingFunctions(): EdgeFunction[];
export function wasmType(edgeFunction: EdgeFunction): string;
export function edgeHeader(): string;
