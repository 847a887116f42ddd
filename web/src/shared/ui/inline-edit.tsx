import { useEffect, useId, useRef, useState } from "react";

interface InlineEditProps {
  label: string;
  initial: string;
  placeholder?: string;
  /** Nothing may be kept too. */
  mayBeEmpty?: boolean;
  suggestions?: string[];
  onDone: (value: string | null) => void;
}

/** A field in place of a name: Enter keeps, Escape and leaving without a change do not. */
export function InlineEdit({
  label,
  initial,
  placeholder,
  mayBeEmpty = false,
  suggestions = [],
  onDone,
}: InlineEditProps) {
  const [value, setValue] = useState(initial);
  const input = useRef<HTMLInputElement>(null);
  const list = useId();
  useEffect(() => input.current?.select(), []);
  const keep = () => {
    const wanted = value.trim();
    onDone(wanted !== initial && (wanted || mayBeEmpty) ? wanted : null);
  };
  return (
    <>
      <input
        ref={input}
        aria-label={label}
        placeholder={placeholder}
        list={suggestions.length > 0 ? list : undefined}
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
      {suggestions.length > 0 && (
        <datalist id={list}>
          {suggestions.map((one) => (
            <option key={one} value={one} />
          ))}
        </datalist>
      )}
    </>
  );
}
