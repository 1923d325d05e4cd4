// What was written before and after one line, whatever the filter says.
import { useQuery } from "@tanstack/react-query";
import { ArrowLeft } from "lucide-react";
import { context, logRows, type Around } from "../../api/logs";
import { LogList } from "../../logs/LogList";
import { t } from "../../text/en";
import { Button } from "../../ui/Button";
import { Answer, Empty, Notices } from "../../ui/State";
import { TabBar } from "../../ui/TabBar";

const WAYS = [
  { id: "service", title: t.logs.sameService },
  { id: "host", title: t.logs.sameHost },
] as const;

interface Props {
  readonly id: string;
  readonly by: Around;
  readonly tenant: readonly string[] | undefined;
  readonly onBy: (by: Around) => void;
  readonly onBack: () => void;
  readonly selected: string | undefined;
  readonly wrap: boolean;
  readonly onOpen: (id: string) => void;
}

export function AroundLine({ id, by, tenant, onBy, onBack, selected, wrap, onOpen }: Props) {
  const query = useQuery(context(id, by, tenant));
  return (
    <div className="log-result">
      <div className="tail-bar">
        <Button small onClick={onBack}>
          <ArrowLeft size={13} aria-hidden />
          {t.logs.back}
        </Button>
        <h2>{t.logs.around}</h2>
        <span className="grow" />
        <TabBar label={t.logs.aroundOf("")} tabs={WAYS} tab={by} onTab={onBy} />
      </div>
      <Notices meta={query.data?.meta} />
      <Answer query={query} rows={8}>
        {(frame) => (frame.rows === 0 ? <Empty title={t.state.nothing} hint={t.logs.noNeighbours} /> : <LogList rows={logRows(frame)} selected={selected} anchor={id} wrap={wrap} onOpen={onOpen} />)}
      </Answer>
    </div>
  );
}
