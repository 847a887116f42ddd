/** Files from a drop or a folder chooser, each with its path inside the folder. Hidden files stay where they are. */

export interface NamedFile {
  file: File;
  /** The file's name, or its path below the folder that was given. */
  name: string;
}

function isHidden(path: string): boolean {
  return path.split("/").some((part) => part.startsWith("."));
}

/** The files of an `<input type=file>`, of a folder with their paths. */
export function chosenFiles(list: Iterable<File>): NamedFile[] {
  return Array.from(list, (file) => ({ file, name: file.webkitRelativePath || file.name })).filter(
    ({ name, file }) => !file.webkitRelativePath || !isHidden(name),
  );
}

/** Everything in a drop, folders walked. The entries must be taken before the event ends, so not after an await. */
export async function droppedFiles(transfer: DataTransfer): Promise<NamedFile[]> {
  const entries = Array.from(transfer.items, (item) => item.webkitGetAsEntry?.() ?? null);
  if (entries.every((entry) => entry === null || entry.isFile)) return chosenFiles(transfer.files);
  const found = await Promise.all(entries.map((entry) => (entry ? walk(entry) : [])));
  return found.flat();
}

async function walk(entry: FileSystemEntry): Promise<NamedFile[]> {
  const name = entry.fullPath.replace(/^\//, "");
  if (isHidden(name)) return [];
  if (entry.isFile) {
    const file = await new Promise<File>((done, failed) => (entry as FileSystemFileEntry).file(done, failed));
    return [{ file, name }];
  }
  const found: NamedFile[] = [];
  for (const child of await children((entry as FileSystemDirectoryEntry).createReader()))
    found.push(...(await walk(child)));
  return found;
}

/** A reader gives a hundred entries at a time, and an empty list at the end. */
async function children(reader: FileSystemDirectoryReader): Promise<FileSystemEntry[]> {
  const all: FileSystemEntry[] = [];
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((done, failed) => reader.readEntries(done, failed));
    if (some.length === 0) return all.sort((a, b) => a.name.localeCompare(b.name));
    all.push(...some);
  }
}
