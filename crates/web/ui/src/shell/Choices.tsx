import { Command } from "cmdk";
import { Check } from "lucide-react";
import type { ChoicesProps } from "./PickList";

/** The list of a picker; a chunk of its own, loaded when first opened. */
export function Choices({ title, choices, picked, placeholder, empty, onPick }: ChoicesProps) {
  return (
    <Command label={title}>
      {/* oxlint-disable-next-line jsx-a11y/no-autofocus -- a list that was opened by a button */}
      <Command.Input autoFocus placeholder={placeholder} />
      <Command.List label={title}>
        <Command.Empty>{empty}</Command.Empty>
        {choices.map(({ value, detail }) => (
          <Command.Item key={value} value={value} keywords={detail === undefined ? [] : [detail]} onSelect={() => onPick(value)}>
            <span className="tick">{picked.includes(value) ? <Check size={14} aria-hidden /> : null}</span>
            {value}
            {picked.includes(value) ? <span className="hidden-text">✓</span> : null}
            {detail === undefined ? null : <span className="detail">{detail}</span>}
          </Command.Item>
        ))}
      </Command.List>
    </Command>
  );
}
