import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { logRows, logsPage } from "../../api/logs";
import { quote } from "../../filter/edit";
import { tokenize } from "../../filter/tokens";
import { LogList } from "../../logs/LogList";
import { useScope } from "../../state/useShared";
import { t } from "../../text/en";
import { Button } from "../../ui/Button";
import { Answer, Notices } from "../../ui/State";
import { NothingInRange } from "../home/Overview";

interface Props {
  readonly filter: string;
  readonly onFilter: (text: string) => void;
  readonly selected: string | undefined;
  readonly wrap: boolean;
  readonly onOpen: (id: string) => void;
}

/** The lines that fit, newest first. The last result stays while the next is on its way. */
export function Found({ filter, onFilter, selected, wrap, onOpen }: Props) {
  const scope = useScope();
  const query = useInfiniteQuery({
    queryKey: ["logs", filter, scope],
    queryFn: ({ pageParam, signal }) => logsPage(filter, scope, pageParam, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.meta.next_cursor ?? undefined,
    placeholderData: keepPreviousData,
  });
  const pages = query.data?.pages;
  const rows = useMemo(() => (pages ?? []).flatMap(logRows), [pages]);
  return (
    <div className={`log-result ${query.isPlaceholderData ? "old" : ""}`}>
      <Notices meta={pages?.[0]?.meta} />
      <Answer query={query} rows={8}>
        {() =>
          rows.length === 0 ? (
            <div className="panel">
              <NothingInRange onClear={filter === "" ? undefined : () => onFilter("")} />
              <Inside filter={filter} onFilter={onFilter} />
            </div>
          ) : (
            <LogList rows={rows} selected={selected} wrap={wrap} onOpen={onOpen} more={query.hasNextPage ? () => void query.fetchNextPage() : undefined} loading={query.isFetchingNextPage} />
          )
        }
      </Answer>
    </div>
  );
}

/** Words are searched whole; who finds nothing may have meant a part of one. */
function Inside({ filter, onFilter }: Pick<Props, "filter" | "onFilter">) {
  const [only, more] = tokenize(filter);
  if (only?.kind !== "word" || more !== undefined) return null;
  return (
    <p className="inside">
      {t.logs.substring(only.text)}{" "}
      <Button small onClick={() => onFilter(`body CONTAINS ${quote(only.text)}`)}>
        {t.logs.contains}
      </Button>
    </p>
  );
}
