/** A password that the server made. It is shown once, and only here. */
import { useState } from "react";

interface PasswordOnceProps {
  who: string;
  password: string;
  onDone: () => void;
}

export function PasswordOnce({ who, password, onDone }: PasswordOnceProps) {
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(password);
    setCopied(true);
  };
  return (
    <div role="status" className="mt-3 max-w-lg rounded-xl border border-accent/60 bg-accent-soft p-4">
      <p className="text-sm">
        The password of <strong className="break-words">{who}</strong>. Take it now: it is not shown again.
      </p>
      <input
        readOnly
        aria-label={`Password of ${who}`}
        className="field mt-2 font-mono text-sm"
        value={password}
        onFocus={(event) => event.target.select()}
      />
      <div className="mt-3 flex gap-2">
        <button type="button" className="button-primary" onClick={() => void copy()}>
          {copied ? "Copied" : "Copy"}
        </button>
        <button type="button" className="button" onClick={onDone}>
          Done
        </button>
      </div>
    </div>
  );
}
