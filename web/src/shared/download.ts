/** Hands a file to the browser. */
export function download(name: string, blob: Blob): void {
  const url = URL.createObjectURL(blob);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}

const LONGEST = 80;

/** A title as the name of a file; a long one ends after a word. */
export function fileName(title: string, ending: string): string {
  const plain = title
    .replace(/[^\p{L}\p{N} _-]+/gu, " ")
    .replace(/\s+/g, " ")
    .trim();
  const short = plain.length > LONGEST ? plain.slice(0, LONGEST + 1).replace(/ ?[^ ]*$/u, "") : plain;
  return `${short || plain.slice(0, LONGEST) || "conversation"}.${ending}`;
}
