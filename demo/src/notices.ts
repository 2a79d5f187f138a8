// Messages to the visitor, at the foot of the window; read aloud, and gone when dismissed.

const box = document.querySelector<HTMLElement>("#notices")!;

/** Says it once: the same text again replaces the one that is there. */
export function notify(text: string, kind: "note" | "trouble" = "note"): void {
  for (const other of box.children) {
    if (other.querySelector("p")?.textContent === text) other.remove();
  }
  const notice = document.createElement("div");
  notice.className = `notice ${kind}`;
  const words = document.createElement("p");
  words.textContent = text;
  const close = document.createElement("button");
  close.type = "button";
  close.textContent = "Dismiss";
  close.addEventListener("click", () => notice.remove());
  notice.append(words, close);
  box.append(notice);
  while (box.children.length > 3) box.firstElementChild?.remove();
}

/** An error in the words of whoever threw it. */
export function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** What nobody caught is said here instead of in the console. */
export function catchAll(): void {
  addEventListener("unhandledrejection", (event) => {
    event.preventDefault();
    notify(`Something went wrong: ${reason(event.reason)}`, "trouble");
  });
  addEventListener("error", (event) => {
    event.preventDefault();
    notify(`Something went wrong: ${event.message}`, "trouble");
  });
}
