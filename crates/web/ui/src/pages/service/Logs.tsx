// The lines of one service: how many by severity, and the newest ones.
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { ScrollText } from "lucide-react";
import "../../styles/logs.css";
import { histogram } from "../../api/logs";
import { both, quote } from "../../filter/edit";
import { count } from "../../format/number";
import { Histogram, totalOf } from "../../logs/Histogram";
import { useScope } from "../../state/useShared";
import { t } from "../../text/en";
import { buttonClass } from "../../ui/Button";
import { Answer, Notices } from "../../ui/State";
import { Found } from "../logs/Found";

export function Logs({ service }: { readonly service: string }) {
  const q = `service = ${quote(service)}`;
  const volume = useQuery(histogram(q, useScope()));
  const navigate = useNavigate();
  return (
    <div className="tab-logs">
      <div className="row">
        <span className="muted">{volume.data === undefined ? "" : t.logs.matching(count(totalOf(volume.data)))}</span>
        <span className="grow" />
        <Link to="/logs" search={{ q }} className={buttonClass("normal", true)}>
          <ScrollText size={13} aria-hidden />
          {t.logs.openAll}
        </Link>
      </div>
      <Notices meta={volume.data?.meta} />
      <Answer query={volume} rows={3}>
        {(frame) => <Histogram frame={frame} />}
      </Answer>
      <Found
        filter={q}
        onFilter={(text) => void navigate({ to: "/logs", search: { q: text === "" ? q : both(q, text) } })}
        selected={undefined}
        wrap={false}
        onOpen={(id) => void navigate({ to: "/logs", search: { q, log: id } })}
      />
    </div>
  );
}
