import { useEffect, useRef, useState } from "react";

interface InlineEditProps {
  label: string;
  initial: string;
  onDone: (value: string | null) => void;
}

/** A field in place of a name: Enter keeps, Escape and leaving without a change do not. */
export function InlineEdit({ label, initial, onDone }: InlineEditProps) {
  const [value, setValue] = useState(initial);
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => input.current?.select(), []);
  const keep = () => onDone(value.trim() && value.trim() !== initial ? value.trim() : null);
  return (
    <input
      ref={input}
      aria-label={label}
      className="field min-h-9 md:min-h-8"
      value={value}
      onChange={(event) => setValue(event.target.value)}
      onBlur={keep}
      onKeyDown={(event) => {
        if (event.key === "Enter") keep();
        if (event.key === "Escape") {
          event.preventDefault();
          onDone(null);
        }
      }}
    />
  );
}
