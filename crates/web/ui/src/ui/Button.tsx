import type { ButtonHTMLAttributes, ReactNode } from "react";

type Look = "normal" | "primary" | "plain" | "danger";

export interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  readonly look?: Look;
  readonly small?: boolean;
  readonly on?: boolean;
  readonly children?: ReactNode;
}

export function buttonClass(look: Look = "normal", small = false, icon = false, on = false): string {
  return ["button", look === "normal" ? "" : look, small ? "small" : "", icon ? "icon" : "", on ? "on" : ""].filter(Boolean).join(" ");
}

export function Button({ look, small, on, className, ...rest }: ButtonProps) {
  return <button type="button" {...rest} aria-pressed={on} className={`${buttonClass(look, small, false, on)} ${className ?? ""}`} />;
}

/** A button that shows only an icon; the label is its name for everybody who does not see it. */
export function IconButton({ label, look, small, on, className, ...rest }: ButtonProps & { readonly label: string }) {
  return (
    <button
      type="button"
      {...rest}
      aria-label={label}
      title={label}
      aria-pressed={on}
      className={`${buttonClass(look, small, true, on)} ${className ?? ""}`}
    />
  );
}
