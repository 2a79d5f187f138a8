// A strict look at XML, enough for the files that this project writes.

export interface Element {
  name: string;
  attributes: Record<string, string>;
  children: Element[];
  /** Text directly inside, entities read. */
  text: string;
}

const TOKEN =
  /<(\/?)([A-Za-z][\w:-]*)((?:\s+[A-Za-z][\w:-]*="[^"<&]*(?:&(?:amp|lt|gt|quot);[^"<&]*)*")*)\s*(\/?)>|([^<]+)/gy;
const ENTITIES: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"' };

/** The document's element; throws unless the text is well-formed. */
export function parseXml(text: string): Element {
  const root: Element = { name: "", attributes: {}, children: [], text: "" };
  const open = [root];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    const at = TOKEN.lastIndex;
    const match = TOKEN.exec(text);
    if (match === null) throw new Error(`not well-formed at ${at}: ${text.slice(at, at + 60)}`);
    const [, closing, name, attributes, empty, plain] = match;
    const inside = open[open.length - 1];
    if (plain !== undefined) {
      inside.text += read(plain);
    } else if (closing) {
      if (inside.name !== name) throw new Error(`</${name}> closes <${inside.name}>`);
      open.pop();
    } else {
      const pairs = [...attributes.matchAll(/([\w:-]+)="([^"]*)"/g)].map(([, key, value]) => [
        key,
        read(value),
      ]);
      const element = { name, attributes: Object.fromEntries(pairs), children: [], text: "" };
      inside.children.push(element);
      if (!empty) open.push(element);
    }
  }
  if (open.length !== 1) throw new Error(`<${open[open.length - 1].name}> is not closed`);
  if (root.children.length !== 1) throw new Error(`expected one element, got ${root.children.length}`);
  return root.children[0];
}

function read(text: string): string {
  if (/&(?!(amp|lt|gt|quot);)/.test(text)) throw new Error(`a lone &: ${text}`);
  return text.replace(/&(\w+);/g, (_, name) => ENTITIES[name]);
}

/** All elements of a name, the element itself included. */
export function elements(root: Element, name: string): Element[] {
  return [...(root.name === name ? [root] : []), ...root.children.flatMap((child) => elements(child, name))];
}

/** What all text elements say, in order. */
export function textsOf(root: Element): string[] {
  return elements(root, "text").map((own) => own.text);
}
