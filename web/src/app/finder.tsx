/** Ctrl K: anything by a few letters of its name, and conversations by what was said in them. */
import { useState } from "react";
import { Marked } from "@/shared/ui/marked";
import { Modal } from "./modal";
import { type Found, useFound } from "./use-found";

export function Finder({ onClose }: { onClose: () => void }) {
  const [text, setText] = useState("");
  const [chosen, setChosen] = useState(0);
  const { found, searching } = useFound(text);
  const active = Math.min(chosen, found.length - 1);
  const open = (item: Found | undefined) => {
    if (!item) return;
    onClose();
    void item.go();
  };
  return (
    <Modal label="Find" onClose={onClose} className="mx-auto mt-[12vh] w-[min(94vw,36rem)] rounded-xl">
      <input
        role="combobox"
        aria-label="Find a conversation, what was said, a collection or a document"
        aria-expanded="true"
        aria-controls="found"
        aria-activedescendant={active >= 0 ? `found-${active}` : undefined}
        placeholder="Find a conversation, what was said, a document"
        className="min-h-12 w-full border-b border-line bg-transparent px-4 outline-none placeholder:text-faint"
        value={text}
        onChange={(event) => {
          setText(event.target.value);
          setChosen(0);
        }}
        onKeyDown={(event) => {
          const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
          if (step) {
            event.preventDefault();
            setChosen(Math.min(Math.max(active + step, 0), found.length - 1));
          } else if (event.key === "Enter") {
            event.preventDefault();
            open(found[active]);
          }
        }}
      />
      <div id="found" role="listbox" aria-label="Found" className="max-h-[50vh] overflow-y-auto p-2">
        {found.map((item, index) => (
          <div
            key={item.key}
            id={`found-${index}`}
            role="option"
            tabIndex={-1}
            aria-selected={index === active}
            className={`flex min-h-11 cursor-pointer gap-3 rounded-lg px-3 text-sm md:min-h-9 ${item.said ? "items-start py-2" : "items-center"} ${index === active ? "bg-hover" : ""}`}
            onPointerMove={() => setChosen(index)}
            onClick={() => open(item)}
            onKeyDown={(event) => event.key === "Enter" && open(item)}
          >
            <item.icon aria-hidden className={`size-4 shrink-0 text-muted ${item.said ? "mt-0.5" : ""}`} />
            <span className="min-w-0 flex-1">
              <span className="block truncate">{item.label}</span>
              {item.said && (
                <span dir="auto" className="line-clamp-2 text-xs text-muted">
                  {item.said.cut_before && "… "}
                  <Marked text={item.said.text} marks={item.said.marks} />
                  {item.said.cut_after && " …"}
                </span>
              )}
            </span>
            <span className="shrink-0 text-xs text-faint">{item.kind}</span>
          </div>
        ))}
      </div>
      {found.length === 0 && (
        <p role="status" className="px-5 pb-5 text-sm text-muted">
          {searching ? "Searching…" : "Nothing has that name, and nobody said it."}
        </p>
      )}
    </Modal>
  );
}
