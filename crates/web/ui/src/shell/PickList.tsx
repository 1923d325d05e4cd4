import { Command } from "cmdk";
import { Check } from "lucide-react";
import { Popover } from "radix-ui";
import type { ReactNode } from "react";
import { buttonClass } from "../ui/Button";

export interface Choice {
  readonly value: string;
  readonly detail?: string;
}

interface Props {
  readonly title: string;
  readonly button: ReactNode;
  readonly on: boolean;
  readonly choices: readonly Choice[];
  readonly picked: readonly string[];
  readonly placeholder: string;
  readonly empty: string;
  readonly onPick: (value: string) => void;
  readonly foot?: ReactNode;
}

/** A button with a list to search and pick from. */
export function PickList({ title, button, on, choices, picked, placeholder, empty, onPick, foot }: Props) {
  return (
    <Popover.Root>
      <Popover.Trigger className={`${buttonClass("normal", false, false, on)} pick-button`} aria-label={title}>
        {button}
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content className="popover pick" align="start" sideOffset={4} aria-label={title}>
          <Command label={title}>
            <Command.Input placeholder={placeholder} />
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
          {foot === undefined ? null : <div className="foot">{foot}</div>}
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}
