import { lazy, Suspense, type ReactNode } from "react";
import { buttonClass } from "../ui/Button";
import { Popover } from "../ui/Popover";
import { Loading } from "../ui/State";

const Choices = lazy(() => import("./Choices").then((module) => ({ default: module.Choices })));

export interface Choice {
  readonly value: string;
  readonly detail?: string;
}

export interface ChoicesProps {
  readonly title: string;
  readonly choices: readonly Choice[];
  readonly picked: readonly string[];
  readonly placeholder: string;
  readonly empty: string;
  readonly onPick: (value: string) => void;
}

interface Props extends ChoicesProps {
  readonly button: ReactNode;
  readonly on: boolean;
  readonly foot?: ReactNode;
}

/** A button with a list to search and pick from. */
export function PickList({ button, on, foot, ...list }: Props) {
  return (
    <Popover label={list.title} button={button} buttonClass={`${buttonClass("normal", false, false, on)} pick-button`} align="start" className="pick">
      {() => (
        <>
          <Suspense fallback={<Loading rows={3} />}>
            <Choices {...list} />
          </Suspense>
          {foot === undefined ? null : <div className="foot">{foot}</div>}
        </>
      )}
    </Popover>
  );
}
