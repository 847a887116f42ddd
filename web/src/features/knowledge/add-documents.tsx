/** Two ways in besides dropping: choosing files and giving an address. */
import { useMutation } from "@tanstack/react-query";
import { FolderUp, Link2, Upload } from "lucide-react";
import { type ChangeEvent, useRef, useState } from "react";
import { api } from "@/shared/api";
import { Failure } from "@/shared/ui/states";
import { chosenFiles } from "./dropped-files";
import { addFiles } from "./uploads";

declare module "react" {
  interface InputHTMLAttributes<T> {
    /** In every browser, in no standard that React's types follow. */
    webkitdirectory?: T extends HTMLInputElement ? string : never;
  }
}

interface AddDocumentsProps {
  collection: string;
  onAdded: () => void;
}

export function AddDocuments({ collection, onAdded }: AddDocumentsProps) {
  const input = useRef<HTMLInputElement>(null);
  const folder = useRef<HTMLInputElement>(null);
  const [url, setUrl] = useState("");
  const choose = ({ target }: ChangeEvent<HTMLInputElement>) => {
    addFiles(collection, chosenFiles(target.files ?? []));
    target.value = "";
  };
  const add = useMutation({
    mutationFn: async (address: string) => {
      const result = (await api.addUrl(collection, address)).data[0];
      if (result?.status === "failed") throw new Error(result.error?.message ?? "It could not be read.");
      return result?.status ?? "added";
    },
    onSuccess: () => {
      setUrl("");
      onAdded();
    },
  });
  return (
    <div className="@container mt-6 rounded-xl border border-dashed border-line-strong/60 p-4">
      <div className="flex flex-col gap-3 @2xl:flex-row @2xl:items-center">
        <div className="flex gap-2">
          <button
            type="button"
            className="button-primary flex-1 @2xl:flex-none"
            onClick={() => input.current?.click()}
          >
            <Upload aria-hidden className="size-4" /> Choose files
          </button>
          <button type="button" className="button shrink-0" onClick={() => folder.current?.click()}>
            <FolderUp aria-hidden className="size-4" /> Folder
          </button>
        </div>
        <input ref={input} type="file" multiple hidden aria-label="Files to add" onChange={choose} />
        <input
          ref={folder}
          type="file"
          webkitdirectory=""
          hidden
          aria-label="Folder to add"
          onChange={choose}
        />
        <span className="hidden text-sm text-muted @2xl:inline">or drop them here, or</span>
        <form
          className="flex min-w-0 flex-1 gap-2"
          onSubmit={(event) => {
            event.preventDefault();
            if (url.trim()) add.mutate(url.trim());
          }}
        >
          <input
            type="url"
            aria-label="Address of a page to add"
            placeholder="https://…"
            className="field"
            value={url}
            onChange={(event) => setUrl(event.target.value)}
          />
          <button type="submit" className="button shrink-0" disabled={!url.trim() || add.isPending}>
            <Link2 aria-hidden className="size-4" /> {add.isPending ? "Fetching…" : "Add page"}
          </button>
        </form>
      </div>
      <p className="mt-3 text-xs text-muted">
        PDF, Word, PowerPoint, Excel, Markdown, HTML, text, CSV, JSON, e-mail, EPUB and more.
        <span role="status">{add.isSuccess && ` The page was ${add.data}.`}</span>
      </p>
      {add.error && (
        <div className="mt-3">
          <Failure what="The page was not added." error={add.error} />
        </div>
      )}
    </div>
  );
}
