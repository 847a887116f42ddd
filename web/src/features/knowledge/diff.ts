/** Lines that two texts share and lines that differ: Myers' O(ND) algorithm. Pure. */

export interface DiffLine {
  kind: "same" | "removed" | "added";
  text: string;
}

/** Beyond this many edits the texts have little in common: everything is shown as replaced, in constant time. */
const MOST_EDITS = 3000;

export function diffLines(before: string, after: string): DiffLine[] {
  const a = before.split("\n");
  const b = after.split("\n");
  let head = 0;
  while (head < a.length && head < b.length && a[head] === b[head]) head += 1;
  let tail = 0;
  while (
    tail < a.length - head &&
    tail < b.length - head &&
    a[a.length - 1 - tail] === b[b.length - 1 - tail]
  )
    tail += 1;
  const same = (lines: string[]): DiffLine[] => lines.map((text) => ({ kind: "same", text }));
  return [
    ...same(a.slice(0, head)),
    ...middle(a.slice(head, a.length - tail), b.slice(head, b.length - tail)),
    ...same(a.slice(a.length - tail)),
  ];
}

function middle(a: string[], b: string[]): DiffLine[] {
  const trace = search(a, b);
  if (!trace) {
    return [
      ...a.map((text): DiffLine => ({ kind: "removed", text })),
      ...b.map((text): DiffLine => ({ kind: "added", text })),
    ];
  }
  return walkBack(a, b, trace);
}

/** The furthest reach on every diagonal after each number of edits; null when there are too many. */
function search(a: string[], b: string[]): Map<number, number>[] | null {
  const reach = new Map<number, number>([[1, 0]]);
  const trace: Map<number, number>[] = [];
  const most = Math.min(a.length + b.length, MOST_EDITS);
  for (let edits = 0; edits <= most; edits += 1) {
    trace.push(new Map(reach));
    for (let diagonal = -edits; diagonal <= edits; diagonal += 2) {
      let x = startOn(reach, diagonal, edits);
      while (x < a.length && x - diagonal < b.length && a[x] === b[x - diagonal]) x += 1;
      reach.set(diagonal, x);
      if (x >= a.length && x - diagonal >= b.length) return trace;
    }
  }
  return null;
}

function comesFromAbove(reach: Map<number, number>, diagonal: number, edits: number): boolean {
  const left = reach.get(diagonal - 1) ?? -1;
  const above = reach.get(diagonal + 1) ?? -1;
  return diagonal === -edits || (diagonal !== edits && left < above);
}

function startOn(reach: Map<number, number>, diagonal: number, edits: number): number {
  return comesFromAbove(reach, diagonal, edits)
    ? (reach.get(diagonal + 1) ?? 0)
    : (reach.get(diagonal - 1) ?? 0) + 1;
}

function walkBack(a: string[], b: string[], trace: Map<number, number>[]): DiffLine[] {
  const lines: DiffLine[] = [];
  let x = a.length;
  let y = b.length;
  for (let edits = trace.length - 1; edits >= 0; edits -= 1) {
    const reach = trace[edits] ?? new Map<number, number>();
    const added = comesFromAbove(reach, x - y, edits);
    const fromDiagonal = x - y + (added ? 1 : -1);
    const fromX = edits === 0 ? 0 : (reach.get(fromDiagonal) ?? 0);
    const fromY = edits === 0 ? 0 : fromX - fromDiagonal;
    while (x > fromX && y > fromY) {
      x -= 1;
      y -= 1;
      lines.push({ kind: "same", text: a[x] ?? "" });
    }
    if (edits === 0) break;
    if (added) lines.push({ kind: "added", text: b[fromY] ?? "" });
    else lines.push({ kind: "removed", text: a[fromX] ?? "" });
    x = fromX;
    y = fromY;
  }
  return lines.reverse();
}

export interface Hunk {
  /** Lines left out before this hunk. */
  skipped: number;
  lines: DiffLine[];
}

/** Only what changed, with `context` lines around it. */
export function hunks(lines: DiffLine[], context = 3): Hunk[] {
  const near = new Set<number>();
  lines.forEach(({ kind }, index) => {
    if (kind === "same") return;
    for (let at = index - context; at <= index + context; at += 1) near.add(at);
  });
  const found: Hunk[] = [];
  let skipped = 0;
  let open = false;
  lines.forEach((line, index) => {
    if (!near.has(index)) {
      skipped += 1;
      open = false;
      return;
    }
    if (!open) found.push({ skipped, lines: [] });
    open = true;
    skipped = 0;
    found.at(-1)?.lines.push(line);
  });
  return found;
}
