import { expect, test } from "vitest";
import { chosenFiles, droppedFiles } from "./dropped-files";

const file = (name: string, webkitRelativePath = "") => ({ name, webkitRelativePath }) as File;

/** A folder entry whose reader gives one child at a time, as browsers give a hundred. */
function folder(path: string, ...inside: object[]): object {
  const queue = [...inside];
  const createReader = () => ({
    readEntries: (done: (some: object[]) => void) => done(queue.splice(0, 1)),
  });
  return { isFile: false, fullPath: path, name: path.split("/").at(-1), createReader };
}

function entry(path: string): object {
  const name = path.split("/").at(-1) ?? "";
  return { isFile: true, fullPath: path, name, file: (done: (found: File) => void) => done(file(name)) };
}

const drop = (entries: object[], files: File[] = []) =>
  ({ items: entries.map((one) => ({ webkitGetAsEntry: () => one })), files }) as unknown as DataTransfer;

test("chosen files keep their path inside a folder, hidden ones stay", () => {
  const names = chosenFiles([file("a.md"), file("b.md", "docs/b.md"), file("c", "docs/.git/c")]).map(
    (f) => f.name,
  );
  expect(names).toEqual(["a.md", "docs/b.md"]);
});

test("a dropped folder is walked to its end", async () => {
  const inner = folder("/docs/inner", entry("/docs/inner/z.md"));
  const dropped = drop([
    folder("/docs", entry("/docs/b.md"), inner, entry("/docs/.DS_Store"), entry("/docs/a.md")),
  ]);
  expect((await droppedFiles(dropped)).map(({ name }) => name)).toEqual([
    "docs/a.md",
    "docs/b.md",
    "docs/inner/z.md",
  ]);
});

test("dropped files need no walk", async () => {
  const dropped = drop([entry("/a.md")], [file("a.md")]);
  expect(await droppedFiles(dropped)).toMatchObject([{ name: "a.md" }]);
});
