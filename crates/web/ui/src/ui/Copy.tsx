import { Check, Copy as CopyIcon } from "lucide-react";
import { useEffect, useState } from "react";
import { t } from "../text/en";
import { Button, IconButton } from "./Button";

export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}

/** Copies a text and says so for two seconds; with words when `label` is to be seen. */
export function Copy({ text, label, words = false }: { readonly text: string; readonly label: string; readonly words?: boolean }) {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), 2000);
    return () => clearTimeout(timer);
  }, [copied]);
  const copy = () => void copyText(text).then(setCopied);
  const icon = copied ? <Check size={14} aria-hidden /> : <CopyIcon size={14} aria-hidden />;
  return (
    <>
      {words ? (
        <Button small onClick={copy}>
          {icon}
          {copied ? t.action.copied : label}
        </Button>
      ) : (
        <IconButton small look="plain" label={label} onClick={copy}>
          {icon}
        </IconButton>
      )}
      <span className="hidden-text" aria-live="polite">
        {copied ? t.action.copied : ""}
      </span>
    </>
  );
}
