/** How the conversations of the rail are put in order: by day, and by folders inside of folders. Pure. */
import type { Conversation, Label } from "@/shared/conversation-types";

export type DayName = "Today" | "Yesterday" | "Last 7 days" | "Older";

export interface DayGroup {
  name: DayName;
  conversations: Conversation[];
}

const DAY_MS = 86_400_000;

/** In the order they have; days are those of whoever looks. */
export function byDay(conversations: Conversation[], now: Date = new Date()): DayGroup[] {
  const groups: DayGroup[] = [];
  for (const conversation of conversations) {
    const name = dayOf(new Date(conversation.updated_at), now);
    const last = groups.find((group) => group.name === name);
    if (last) last.conversations.push(conversation);
    else groups.push({ name, conversations: [conversation] });
  }
  return groups;
}

function dayOf(then: Date, now: Date): DayName {
  const midnight = new Date(now.getFullYear(), now.getMonth(), now.getDate()).getTime();
  if (then.getTime() >= midnight) return "Today";
  const yesterday = new Date(now.getFullYear(), now.getMonth(), now.getDate() - 1).getTime();
  if (then.getTime() >= yesterday) return "Yesterday";
  return then.getTime() >= midnight - 6 * DAY_MS ? "Last 7 days" : "Older";
}

export interface Folder {
  /** The last part of the path. */
  name: string;
  path: string;
  /** In this folder itself, without those inside of it. */
  conversations: number;
  folders: Folder[];
}

/** The folders as a tree; one that is only on the way to another is there too. */
export function folderTree(labels: Label[]): Folder[] {
  const roots: Folder[] = [];
  for (const { name, conversations } of labels) {
    let siblings = roots;
    let path = "";
    for (const part of name.split("/").filter(Boolean)) {
      path = path ? `${path}/${part}` : part;
      let folder = siblings.find((one) => one.name === part);
      if (!folder) {
        folder = { name: part, path, conversations: 0, folders: [] };
        siblings.push(folder);
      }
      if (path === name) folder.conversations = conversations;
      siblings = folder.folders;
    }
  }
  return sorted(roots);
}

function sorted(folders: Folder[]): Folder[] {
  return folders
    .map((folder) => ({ ...folder, folders: sorted(folder.folders) }))
    .toSorted((a, b) => a.name.localeCompare(b.name));
}

/** How many conversations are in a folder and in those inside of it. */
export function countOf({ conversations, folders }: Folder): number {
  return folders.reduce((sum, folder) => sum + countOf(folder), conversations);
}
