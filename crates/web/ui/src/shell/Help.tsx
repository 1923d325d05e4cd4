import { t } from "../text/en";
import { startTour } from "../tour/tour";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { KEYMAP, TRACE_KEYS, type Binding } from "./keymap";

const GROUPS: readonly (readonly [Binding["group"], string])[] = [
  ["go", t.keys.go],
  ["time", t.keys.time],
  ["page", t.keys.page],
];

export function Help({ open, onClose }: { readonly open: boolean; readonly onClose: () => void }) {
  return (
    <Dialog label={t.keys.title} open={open} onClose={onClose}>
      <div className="help">
        {GROUPS.map(([group, title]) => (
          <section key={group}>
            <h3>{title}</h3>
            <dl>
              {KEYMAP.filter((binding) => binding.group === group).map((binding) => (
                <div key={binding.command}>
                  <dt>
                    {binding.keys.map((key, i) => (
                      // oxlint-disable-next-line react/no-array-index-key -- the same key may come twice
                      <kbd key={i}>{key}</kbd>
                    ))}
                  </dt>
                  <dd>{binding.label}</dd>
                </div>
              ))}
              {group === "page" ? (
                <div>
                  <dt>
                    <kbd>Ctrl K</kbd>
                  </dt>
                  <dd>{t.keys.palette}</dd>
                </div>
              ) : null}
            </dl>
          </section>
        ))}
        <section>
          <h3>{t.keys.trace}</h3>
          <dl>
            {TRACE_KEYS.map(([key, label]) => (
              <div key={key}>
                <dt>
                  <kbd>{key}</kbd>
                </dt>
                <dd>{label}</dd>
              </div>
            ))}
          </dl>
        </section>
        <section>
          <h3>{t.tour.title}</h3>
          <Button
            small
            data-start-tour
            onClick={() => {
              onClose();
              startTour();
            }}
          >
            {t.tour.start}
          </Button>
        </section>
      </div>
    </Dialog>
  );
}
