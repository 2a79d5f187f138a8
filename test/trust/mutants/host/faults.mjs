// Every single fault that a TypeScript file can be given: one operator, condition, constant or statement each.

import { parse } from "@babel/parser";

const BINARY = {
  ...{ "<": "<=", "<=": "<", ">": ">=", ">=": ">", "===": "!==", "!==": "===" },
  ...{
    "+": "-",
    "-": "+",
    "*": "/",
    "/": "*",
    "%": "*",
    "<<": ">>",
    ">>": "<<",
    ">>>": "<<",
    "&": "|",
    "|": "&",
    "^": "&",
  },
};
const LOGICAL = { "&&": "||", "||": "&&", "??": "&&" };
const CALLS = {
  some: "every",
  every: "some",
  min: "max",
  max: "min",
  floor: "ceil",
  ceil: "floor",
  round: "floor",
};

/**
 * Faults of a file's text: { start, end, replacement, line, what }, in the order of the text. Types, names, imports and
 * the words of messages are left alone.
 */
export function faultsOf(text) {
  const faults = [];
  const add = (node, start, end, replacement) => {
    const before = text.slice(start, end);
    const what = `${shortened(before)} -> ${shortened(replacement) || "nothing"}`;
    faults.push({ start, end, replacement, line: node.loc.start.line, what });
  };
  visit(parse(text, { sourceType: "module", plugins: ["typescript"] }).program, (node) =>
    faultsAt(node, text, add),
  );
  return faults.sort((a, b) => a.start - b.start || a.end - b.end);
}

function faultsAt(node, text, add) {
  if (node.type === "BinaryExpression" || node.type === "LogicalExpression") {
    const other = (node.type === "BinaryExpression" ? BINARY : LOGICAL)[node.operator];
    if (other === undefined || joinsText(node)) return;
    const start = text.indexOf(node.operator, skipBrackets(text, node.left.end));
    add(node, start, start + node.operator.length, other);
  } else if (node.type === "UnaryExpression" && (node.operator === "!" || node.operator === "-")) {
    add(node, node.start, node.start + 1, "");
  } else if (node.type === "UpdateExpression") {
    const start = node.prefix ? node.start : node.end - 2;
    add(node, start, start + 2, node.operator === "++" ? "--" : "++");
  } else if (node.type === "BooleanLiteral") {
    add(node, node.start, node.end, String(!node.value));
  } else if (node.type === "NumericLiteral") {
    add(node, node.start, node.end, String(node.value + 1));
  } else if (node.type === "IfStatement" || node.type === "ConditionalExpression") {
    for (const value of ["true", "false"]) add(node, node.test.start, node.test.end, value);
  } else if (node.type === "ExpressionStatement" && node.expression.callee?.type !== "Super") {
    add(node, node.start, node.end, ";");
  } else if (node.type === "ThrowStatement") {
    add(node, node.start, node.end, ";");
  } else if (node.type === "MemberExpression" && !node.computed && Object.hasOwn(CALLS, node.property.name)) {
    add(node, node.property.start, node.property.end, CALLS[node.property.name]);
  }
}

// Messages and names put together with +.
function joinsText({ operator, left, right }) {
  const isText = ({ type }) => type === "StringLiteral" || type === "TemplateLiteral";
  return (
    operator === "+" &&
    (isText(left) || isText(right) || (left.type === "BinaryExpression" && joinsText(left)))
  );
}

function skipBrackets(text, at) {
  while (text[at] === ")" || /\s/.test(text[at])) at++;
  return at;
}

function visit(node, see) {
  if (node.type.startsWith("TS") && node.expression === undefined) return;
  if (node.type === "ImportDeclaration" || node.type === "TSTypeAliasDeclaration") return;
  see(node);
  for (const [key, child] of Object.entries(node)) {
    if (key === "loc" || key === "typeAnnotation" || key === "typeParameters" || key === "typeArguments")
      continue;
    for (const one of Array.isArray(child) ? child : [child])
      if (typeof one?.type === "string") visit(one, see);
  }
}

function shortened(text) {
  const line = text.replace(/\s+/g, " ");
  return line.length > 60 ? `${line.slice(0, 60)}…` : line;
}
