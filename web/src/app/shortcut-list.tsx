import { COMMANDS } from "@/shared/keys";
import { Modal } from "./modal";

export function ShortcutList({ onClose }: { onClose: () => void }) {
  return (
    <Modal label="Keyboard" onClose={onClose} className="m-auto w-[min(92vw,26rem)] rounded-xl">
      <div className="p-6">
        <h2 className="font-semibold">Keyboard</h2>
        <dl className="mt-3 space-y-2 text-sm">
          {COMMANDS.map(({ keys, what }) => (
            <div key={keys} className="flex items-center justify-between gap-4">
              <dt className="text-muted">{what}</dt>
              <dd>
                <kbd className="whitespace-nowrap rounded border border-line bg-raised px-2 py-0.5 font-mono text-xs">
                  {keys}
                </kbd>
              </dd>
            </div>
          ))}
        </dl>
        <button type="button" className="button mt-6 w-full" onClick={onClose}>
          Close
        </button>
      </div>
    </Modal>
  );
}
