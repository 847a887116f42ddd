/** A button that takes something away: the first press asks, the second does it. */
import { useEffect, useRef, useState } from "react";

interface SecondLookProps {
  word: string;
  /** What it is called for those who do not see which row it is in. */
  label: string;
  sure: string;
  keep: string;
  danger?: boolean;
  disabled?: boolean;
  onSure: () => void;
}

export function SecondLook({ word, label, sure, keep, danger, disabled, onSure }: SecondLookProps) {
  const [asking, setAsking] = useState(false);
  const first = useRef<HTMLButtonElement>(null);
  const second = useRef<HTMLButtonElement>(null);
  const was = useRef(false);
  // The pressed button goes away: the focus stays where it was.
  useEffect(() => {
    if (asking) second.current?.focus();
    else if (was.current) first.current?.focus();
    was.current = asking;
  }, [asking]);
  if (!asking)
    return (
      <button
        ref={first}
        type="button"
        className="button-quiet"
        aria-label={label}
        disabled={disabled}
        onClick={() => setAsking(true)}
      >
        {word}…
      </button>
    );
  return (
    <fieldset className="flex gap-2">
      <legend className="sr-only">{label}?</legend>
      <button
        ref={second}
        type="button"
        className={danger ? "button-danger" : "button"}
        disabled={disabled}
        onClick={() => {
          setAsking(false);
          onSure();
        }}
      >
        {sure}
      </button>
      <button type="button" className="button" onClick={() => setAsking(false)}>
        {keep}
      </button>
    </fieldset>
  );
}
