/** Deleting a document: gone from view at once, from the server when the time to undo is over. */
import { useQueryClient } from "@tanstack/react-query";
import { api } from "@/shared/api";
import type { Doc } from "@/shared/types";
import { actLater } from "@/shared/undo";

export function documentKey({ collection, id }: Pick<Doc, "collection" | "id">): string {
  return `document ${collection} ${id}`;
}

export function useDeleteDocument() {
  const queries = useQueryClient();
  return (document: Doc) => {
    const { collection, id, title, source } = document;
    actLater({
      key: documentKey(document),
      label: `“${title || source}” is deleted.`,
      commit: async () => {
        await api.deleteDocument(collection, id);
        await queries.invalidateQueries({ queryKey: ["documents", collection] });
        void queries.invalidateQueries({ queryKey: ["collections"] });
      },
    });
  };
}
